#include "probe/target.h"

enum target
target_check(const struct target_rules *rules, const struct net_addr *addr,
    const char **why)
{
	size_t i;

	for (i = 0; i < rules->allow->count; i++)
		if (net_cidr_contains(&rules->allow->items[i], addr)) {
			*why = "allowed";
			return TARGET_OK;
		}
	for (i = 0; i < rules->own_count; i++)
		if (net_addr_equal(&rules->own[i], addr)) {
			*why = "our own address";
			return TARGET_OURSELVES;
		}
	*why = net_addr_not_public(addr);
	return *why == NULL ? TARGET_OK : TARGET_NOT_PUBLIC;
}
