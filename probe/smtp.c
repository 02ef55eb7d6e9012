#include "probe/smtp.h"
