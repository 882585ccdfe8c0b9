/* SPDX-License-Identifier: MIT */
/* The smmus that this build has. */
#include "emulated/emulated.h"
#include "qemu/qemu.h"

#include <string.h>

struct smmu_socket *smmu_socket_number(const char *name, unsigned number)
{
	if (!strcmp(name, emulated_smmu_ops.name))
		return emulated_smmu(number);
	if (!strcmp(name, qemu_smmu_ops.name))
		return qemu_smmu(number);
	return NULL;
}

struct smmu_socket *smmu_socket_find(const char *name)
{
	return smmu_socket_number(name, 0);
}

const struct smmu_socket_ops *const *smmu_socket_list(void)
{
	static const struct smmu_socket_ops *const list[] = {&emulated_smmu_ops, &qemu_smmu_ops,
							     NULL};

	return list;
}
