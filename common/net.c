#include "common/net.h"
