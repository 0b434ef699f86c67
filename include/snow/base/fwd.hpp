#pragma once

/// The names that lower floors need of higher ones, and nothing else.

namespace snow {

class actor;
template <class P>
class actor_of;
template <class P>
class ref;
class context;
template <class T = void>
class task;
template <class T>
class reply_to;

}  // namespace snow
