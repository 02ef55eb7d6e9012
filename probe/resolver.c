#include "probe/resolver.h"
