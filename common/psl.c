#include "common/psl.h"

#include <stddef.h>

#include <libpsl.h>

const char *
registrable_part(const char *domain)
{
	const psl_ctx_t *list = psl_builtin();
	const char *part = NULL;

	if (list != NULL)
		part = psl_registrable_domain(list, domain);
	return part != NULL ? part : domain;
}
