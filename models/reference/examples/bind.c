/* SPDX-License-Identifier: MIT */
/*
 * libsvaref: a process is bound to a device, forks and exits, and the law says after each call what
 * the device reaches. Prints what bind.expected says.
 */
#include "svaref.h"

#include <stdio.h>

enum { DEVICE, DOMAIN = 0, PARENT = 0, CHILD = 1, PAGE = 0 };

static const char *const outcomes[] = {
	[REF_OUTCOME_OK] = "ok",
	[REF_FAULT_TRANSLATION] = "translation fault",
	[REF_FAULT_PERMISSION] = "permission fault",
	[REF_FAULT_PASID] = "no such PASID",
	[REF_FAULT_ABORT] = "aborted",
};

/* What the law says of a write by the device now. */
static void write_by_device(struct ref *ref, uint32_t pasid)
{
	struct ref_result result = ref_dma(ref, DEVICE, true, pasid, PAGE, true);

	printf("  dma write: %s%s%s\n", outcomes[result.access.outcome], *result.rule ? ", " : "",
	       result.rule);
}

static void tell(const char *call, struct ref_result result)
{
	printf("%s: %s%s\n", call, result.error ? "refused by " : "done", result.rule);
	for (unsigned i = 0; i < result.num_calls; i++)
		printf("  %s(device %u, pasid %u)\n",
		       result.call[i].kind == REF_CALL_MM_EXIT ? "mm_exit" : "fault flush",
		       result.call[i].device, result.call[i].pasid);
}

int main(void)
{
	const struct ref_topology topology = {.ssid_bits = 4,
					      .num_devices = 1,
					      .num_domains = 1,
					      .device = {{.rid = 0x08, .pasid_bits = 4}}};
	static struct ref ref;
	struct ref_result bind;

	ref_reset(&ref, &topology);
	ref_attach(&ref, DEVICE, DOMAIN);
	ref_init(&ref, DEVICE, 0, 0, 0);
	ref_spawn(&ref, PARENT);
	ref_mmap(&ref, PARENT, PAGE, 1, REF_READ | REF_WRITE);

	bind = ref_bind(&ref, DEVICE, PARENT, 0, true);
	tell("bind", bind);
	printf("  pasid %u\n", (unsigned)bind.value);
	write_by_device(&ref, bind.value);
	tell("bind again", ref_bind(&ref, DEVICE, PARENT, 0, true));
	/* The page is shared now: not even its owner's device may write before a CPU has copied it. */
	tell("fork", ref_fork(&ref, PARENT, CHILD));
	write_by_device(&ref, bind.value);
	tell("write by the CPU", ref_cpu(&ref, PARENT, PAGE, true));
	write_by_device(&ref, bind.value);
	tell("exit", ref_exit(&ref, PARENT));
	write_by_device(&ref, bind.value);
	printf("bonds left: %u\n", ref_usage(&ref).bonds);
	return ref_check(&ref) ? 1 : 0;
}
