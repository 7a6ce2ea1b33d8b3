#pragma once

/// The one place that includes libxenvchan: its header declares C functions, but for no C++ reader.
extern "C" {
#include <libxenvchan.h>
}
