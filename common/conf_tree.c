#include "common/conf_tree.h"
