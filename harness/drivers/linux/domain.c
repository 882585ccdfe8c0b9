// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains of drivers and what is mapped in them. An identity domain of the trace is the groups'
 * default domain: it is not allocated, and nothing can be mapped in it.
 */
#include "linux.h"

#include <errno.h>
#include <string.h>

void linux_domain_roots(struct linux_driver *drv)
{
	for (unsigned i = 0; i < LINUX_MAX_DOMAINS; i++) {
		struct linux_domain *domain = &drv->domain[i];

		if (!domain->live || !domain->stage1 || domain->root)
			continue;
		domain->root = drv->image->domain_root(i);
		if (domain->root)
			linux_stores_root(&drv->stores, domain->root);
	}
}

int linux_domain_alloc(struct driver *driver, unsigned domain, enum driver_domain_type type,
		       unsigned device)
{
	struct linux_driver *drv = linux_of(driver);
	struct linux_domain *new = &drv->domain[domain];
	int error;

	CHECK(domain < LINUX_MAX_DOMAINS && !new->live, "domain %u", domain);
	*new = (struct linux_domain){.live = true, .stage1 = type == DRIVER_DOMAIN_STAGE1};
	if (!new->stage1)
		return 0;
	/* A device without a group is not there for the image; where none is, the stand-in is d0. */
	if (!linux_present(drv, device))
		device = drv->present ? (unsigned)__builtin_ctz(drv->present) : 0;
	linux_enter(drv);
	error = drv->image->domain_alloc(domain, device);
	new->live = !error;
	linux_domain_roots(drv);
	linux_leave(drv);
	return error;
}

void linux_domain_free(struct driver *driver, unsigned domain)
{
	struct linux_driver *drv = linux_of(driver);
	struct linux_domain *old = &drv->domain[domain];

	CHECK(domain < LINUX_MAX_DOMAINS, "domain %u", domain);
	if (old->live && old->stage1) {
		linux_enter(drv);
		drv->image->domain_free(domain);
		linux_leave(drv);
	}
	*old = (struct linux_domain){0};
}

uint64_t linux_domain_root(const struct driver *driver, unsigned domain)
{
	const struct linux_driver *drv = (const struct linux_driver *)driver;

	if (domain >= LINUX_MAX_DOMAINS || !drv->domain[domain].live)
		return 0;
	return drv->domain[domain].root;
}

/* How many pages from `first` on can be given to the kernel in one call. */
static unsigned adjacent(const uint64_t *pa, unsigned first, unsigned count)
{
	unsigned pages = 1;

	while (first + pages < count && pa[first + pages] == pa[first] + pages * WORLD_FRAME_SIZE)
		pages++;
	return pages;
}

static int map(struct linux_driver *drv, unsigned domain, uint64_t iova, const uint64_t *pa,
	       unsigned count, unsigned prot)
{
	for (unsigned done = 0, pages; done < count; done += pages) {
		int error;

		pages = adjacent(pa, done, count);
		error = drv->image->map(domain, iova + (uint64_t)done * WORLD_FRAME_SIZE, pa[done],
					(uint64_t)pages * WORLD_FRAME_SIZE, prot);
		if (!error)
			continue;
		/* iommu_map() takes back its own pages; the others are the caller's. */
		if (done)
			drv->image->unmap(domain, iova, (uint64_t)done * WORLD_FRAME_SIZE);
		return error;
	}
	return 0;
}

int linux_map(struct driver *driver, unsigned domain, uint64_t iova, const uint64_t *pa,
	      unsigned count, unsigned prot)
{
	struct linux_driver *drv = linux_of(driver);
	int error;

	/* __iommu_map(): a domain that is not paging. */
	if (!drv->domain[domain].stage1)
		return -EINVAL;
	linux_enter(drv);
	error = map(drv, domain, iova, pa, count, prot);
	linux_leave(drv);
	return error;
}

int linux_unmap(struct driver *driver, unsigned domain, uint64_t iova, unsigned count,
		uint64_t *old_pa)
{
	struct linux_driver *drv = linux_of(driver);
	unsigned mapped = 0;
	unsigned long size = 0;

	memset(old_pa, 0, count * sizeof(*old_pa));
	if (!drv->domain[domain].stage1)
		return 0;
	linux_enter(drv);
	/* iommu_unmap() ends at a hole, about which io-pgtable warns: the caller knows what it mapped. */
	while (mapped < count) {
		old_pa[mapped] = drv->image->iova_to_phys(domain, iova + (uint64_t)mapped *
										  WORLD_FRAME_SIZE);
		if (!old_pa[mapped])
			break;
		mapped++;
	}
	if (mapped)
		size = drv->image->unmap(domain, iova, (uint64_t)mapped * WORLD_FRAME_SIZE);
	linux_leave(drv);
	return (int)(size / WORLD_FRAME_SIZE);
}
