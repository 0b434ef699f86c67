#pragma once

inline std::string text;
