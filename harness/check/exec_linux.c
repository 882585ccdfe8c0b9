/* SPDX-License-Identifier: MIT */
/* Ops of calls that Linux has and the 2018 interface has not. */
#include "check_state.h"

static const char no_such_call[] = "the driver has no such call";

bool exec_ENABLE(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!c->driver->ops->enable)
		return exec_skip(c, no_such_call);
	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	want = ref_enable(&c->ref, op->device, op->prot ? REF_DEV_IOPF : REF_DEV_SVA);
	compare_result(c, &want,
		       c->driver->ops->enable(c->driver, op->device,
					      op->prot ? DRIVER_FEATURE_IOPF : DRIVER_FEATURE_SVA),
		       0);
	return true;
}

bool exec_DISABLE(struct check *c, const struct trace_op *op)
{
	enum ref_dev_feature feature = op->prot ? REF_DEV_IOPF : REF_DEV_SVA;
	const char *refusal = exec_refusal(c, op, REF_MAY_DISABLE, feature);
	struct ref_result want;

	if (!c->driver->ops->disable)
		return exec_skip(c, no_such_call);
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_disable(&c->ref, op->device, feature);
	compare_result(c, &want,
		       c->driver->ops->disable(c->driver, op->device,
					       op->prot ? DRIVER_FEATURE_IOPF : DRIVER_FEATURE_SVA),
		       0);
	return true;
}

bool exec_ATTACH_PASID(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!c->driver->ops->attach_pasid)
		return exec_skip(c, no_such_call);
	if (!c->ref.device[op->device].present)
		return exec_skip(c, "the device is gone");
	want = ref_attach_pasid(&c->ref, op->device, op->process, op->pasid);
	compare_result(c, &want,
		       c->driver->ops->attach_pasid(c->driver, op->device, op->process, op->pasid),
		       0);
	return true;
}

bool exec_DETACH_PASID(struct check *c, const struct trace_op *op)
{
	unsigned domain = bonds_domain_on_pasid(c, op->device, op->pasid);
	const char *refusal = exec_refusal(c, op, REF_MAY_DETACH_PASID, op->pasid);
	struct ref_result want;

	if (!c->driver->ops->detach_pasid)
		return exec_skip(c, no_such_call);
	if (refusal)
		return exec_skip(c, refusal);
	if (domain == REF_NONE) /* iommu_detach_device_pasid() wants the domain */
		return exec_skip(c, "no domain is attached to the PASID");
	want = ref_detach_pasid(&c->ref, op->device, op->pasid);
	want.error = 0; /* returns nothing */
	c->driver->ops->detach_pasid(c->driver, op->device, domain, op->pasid);
	compare_result(c, &want, 0, 0);
	return true;
}

bool exec_CLAIM(struct check *c, const struct trace_op *op)
{
	const char *refusal = exec_refusal(c, op, REF_MAY_CLAIM, 0);
	struct ref_result want;

	if (!c->driver->ops->claim)
		return exec_skip(c, no_such_call);
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_claim(&c->ref, op->device);
	if (compare_result(c, &want, c->driver->ops->claim(c->driver, op->device), 0))
		functions_follow(c, op->device);
	return true;
}

/* Reboot and kexec shut the SMMUs down below whoever uses them: no complaint, and nothing comes after. */
bool exec_POWER_OFF(struct check *c, const struct trace_op *op)
{
	(void)op;
	if (!c->driver->ops->power_off)
		return exec_skip(c, no_such_call);
	c->driver->ops->power_off(c->driver);
	c->off = true;
	return true;
}

bool exec_RELEASE(struct check *c, const struct trace_op *op)
{
	const char *refusal = ref_partitions_forbid(&c->ref, REF_MAY_RELEASE, op->device, 0);
	struct ref_result want;

	if (!refusal)
		refusal = exec_refusal(c, op, REF_MAY_RELEASE, 0);

	if (!c->driver->ops->release)
		return exec_skip(c, no_such_call);
	if (refusal)
		return exec_skip(c, refusal);
	want = ref_release(&c->ref, op->device);
	want.error = 0; /* returns nothing */
	c->driver->ops->release(c->driver, op->device);
	compare_result(c, &want, 0, 0);
	functions_follow(c, op->device);
	return true;
}
