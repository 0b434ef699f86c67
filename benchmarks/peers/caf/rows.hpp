#pragma once

#include <vector>

#include "../../figures.hpp"

std::vector<figures::row> local_rows();
std::vector<figures::row> remote_rows();
