// SPDX-License-Identifier: GPL-2.0-only
/* sysfs and uevents: there is nobody to look, so everything succeeds and nothing is kept. */
#include "shim.h"

#include <linux/iommu.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

struct kobject *kernel_kobj;

int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return 0;
}

int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	return 0;
}

int sysfs_create_dir_ns(struct kobject *kobj, const void *ns)
{
	return 0;
}

void sysfs_remove_dir(struct kobject *kobj)
{
}

int sysfs_rename_dir_ns(struct kobject *kobj, const char *new_name, const void *new_ns)
{
	return 0;
}

int sysfs_move_dir_ns(struct kobject *kobj, struct kobject *new_parent, const void *new_ns)
{
	return 0;
}

int sysfs_create_file_ns(struct kobject *kobj, const struct attribute *attr, const void *ns)
{
	return 0;
}

void sysfs_remove_file_ns(struct kobject *kobj, const struct attribute *attr, const void *ns)
{
}

int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	return 0;
}

void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups)
{
}

int sysfs_create_link(struct kobject *kobj, struct kobject *target, const char *name)
{
	return 0;
}

int sysfs_create_link_nowarn(struct kobject *kobj, struct kobject *target, const char *name)
{
	return 0;
}

void sysfs_remove_link(struct kobject *kobj, const char *name)
{
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	return 0;
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	return 0;
}

/* drivers/iommu/iommu-sysfs.c */
int iommu_device_sysfs_add(struct iommu_device *iommu, struct device *parent,
			   const struct attribute_group **groups, const char *fmt, ...)
{
	return 0;
}

void iommu_device_sysfs_remove(struct iommu_device *iommu)
{
}

int iommu_device_link(struct iommu_device *iommu, struct device *link)
{
	return 0;
}

void iommu_device_unlink(struct iommu_device *iommu, struct device *link)
{
}
