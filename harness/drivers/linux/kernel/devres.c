// SPDX-License-Identifier: GPL-2.0-only
/* Managed resources of a device, given back when its driver lets go: drivers/base/devres.c. */
#include "machine.h"

#include <linux/slab.h>

struct devres {
	struct list_head entry;
	dr_release_t release;
	u8 __aligned(ARCH_KMALLOC_MINALIGN) data[];
};

static struct devres *devres_of(void *res)
{
	return container_of(res, struct devres, data);
}

void *__devres_alloc_node(dr_release_t release, size_t size, gfp_t gfp, int nid, const char *name)
{
	struct devres *dr = kmalloc(sizeof(*dr) + size, gfp | __GFP_ZERO);

	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->entry);
	dr->release = release;
	return dr->data;
}

void devres_free(void *res)
{
	if (res)
		kfree(devres_of(res));
}

void devres_add(struct device *dev, void *res)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	list_add_tail(&devres_of(res)->entry, &dev->devres_head);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
}

/* Takes the newest match off the list. */
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr;
	void *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	list_for_each_entry_reverse(dr, &dev->devres_head, entry)
	{
		if (dr->release == release && (!match || match(dev, dr->data, match_data))) {
			list_del_init(&dr->entry);
			found = dr->data;
			break;
		}
	}
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return found;
}

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	devres_free(res);
	return 0;
}

void shim_devres_release_all(struct device *dev)
{
	while (!list_empty(&dev->devres_head)) {
		struct devres *dr = list_last_entry(&dev->devres_head, struct devres, entry);

		list_del_init(&dr->entry);
		dr->release(dev, dr->data);
		kfree(dr);
	}
}

/* Memory: the resource is the memory itself. */
static void release_nothing(struct device *dev, void *res)
{
}

static int match_address(struct device *dev, void *res, void *match_data)
{
	return res == match_data;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *res;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	res = __devres_alloc_node(release_nothing, size, gfp, NUMA_NO_NODE, "devm_kmalloc");
	if (res)
		devres_add(dev, res);
	return res;
}

void devm_kfree(struct device *dev, const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	WARN_ON(devres_destroy(dev, release_nothing, match_address, (void *)p));
}

/* Actions. */
struct action {
	void (*run)(void *data);
	void *data;
};

static void release_action(struct device *dev, void *res)
{
	struct action *action = res;

	action->run(action->data);
}

static int add_action(struct device *dev, void (*run)(void *), void *data)
{
	struct action *action = devres_alloc(release_action, sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;
	action->run = run;
	action->data = data;
	devres_add(dev, action);
	return 0;
}

#if LINUX_SHIM_VERSION < 612
int devm_add_action(struct device *dev, void (*run)(void *), void *data)
{
	return add_action(dev, run, data);
}
#else
int __devm_add_action(struct device *dev, void (*run)(void *), void *data, const char *name)
{
	return add_action(dev, run, data);
}
#endif
