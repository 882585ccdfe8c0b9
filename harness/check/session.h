/* SPDX-License-Identifier: MIT */
/*
 * A trace as C: one call an op, on the law and on an implementation together, for tests that people
 * read and change (`svafuzz export --format c` writes such a test).
 *
 *	struct session *s = session_start("iomm", "smmu ssid-bits=4\ndevice d0 ...", &error);
 *
 *	assert_outcome(session_bind(s, d(0), p(0)), "pasid 1");
 *	assert_no_divergence(s);
 *	session_end(s);
 *
 * Everything that a replay compares is compared after every call; after the first divergence nothing
 * is run any more. There is one session at a time, as there is one world in a process.
 */
#ifndef SVAFUZZ_SESSION_H
#define SVAFUZZ_SESSION_H

#include "check.h"

/* Operands, of a type each: a device where a process is wanted does not compile. */
struct session_device {
	unsigned index;
};
struct session_process {
	unsigned index;
};
struct session_mdev {
	unsigned index;
};
struct session_vm {
	unsigned index;
};
struct session_domain {
	char letter;
};
struct session_pasid {
	unsigned number;
	bool none;
};
enum session_rights { READ_ONLY = 1, READ_WRITE = 3 };
enum session_direction { DMA_READ, DMA_WRITE };
enum session_feature { FEATURE_SVA, FEATURE_IOPF };

static inline struct session_device d(unsigned index)
{
	return (struct session_device){index};
}

static inline struct session_process p(unsigned index)
{
	return (struct session_process){index};
}

static inline struct session_mdev m(unsigned index)
{
	return (struct session_mdev){index};
}

static inline struct session_vm v(unsigned index)
{
	return (struct session_vm){index};
}

static inline struct session_domain domain(char letter)
{
	return (struct session_domain){letter};
}

static inline struct session_pasid pasid(unsigned number)
{
	return (struct session_pasid){number, false};
}

/* The transaction has no PASID; or the user of a partition wrote none into its work. */
static inline struct session_pasid no_pasid(void)
{
	return (struct session_pasid){0, true};
}

/* What the implementation said to a call. */
struct session;
struct outcome {
	struct session *session;
	uint8_t kind;	/* enum trace_pin_kind; TRACE_PIN_NONE: it was not run, or did not return */
	int error;	/* 0 or -errno */
	uint32_t value; /* of a PASID, a number of pages, the rights of ATS, data that was read */
};
/* The same for a step of any run, as observed and as the law has it. */
struct outcome outcome_observed(const struct trace_op *op, const struct check_step *step);
struct outcome outcome_expected(const struct trace_op *op, const struct check_step *step);
/* "pasid 1", "-EEXIST", "fault translation": as after `=>` in a trace. Returns the length. */
size_t outcome_format(const struct outcome *outcome, char *buffer, size_t size);

/* `topology` is the header of a trace. NULL and error: it is bad, or something is missing here. */
struct session *session_start(const char *driver, const char *topology, struct error *error);
/* The same with an smmu, caches, a depth, a planted fault. */
struct session *session_start_with(const struct check_config *config, const char *topology,
				   struct error *error);
/* NULL, or why the outcome is not what `words` say; "ok" is any success. Valid until the next call. */
const char *session_differs(struct outcome outcome, const char *words);
/* Everything is given back, and must be gone. NULL, or the divergence of the session in words. */
const char *session_finish(struct session *session);
void session_end(struct session *session);

/* For tests that include cmocka.h. */
#define assert_outcome(outcome, words)                                                             \
	do {                                                                                       \
		const char *why_ = session_differs(outcome, words);                                \
                                                                                                   \
		if (why_)                                                                          \
			fail_msg("%s", why_);                                                      \
	} while (0)
#define assert_no_divergence(session)                                                              \
	do {                                                                                       \
		const char *why_ = session_finish(session);                                        \
                                                                                                   \
		if (why_)                                                                          \
			fail_msg("%s", why_);                                                      \
	} while (0)

/*
 * The ops, as ops.def has them (`svafuzz ops`): the compiler holds this list to that table. Addresses
 * are pages of the four windows. An operand that a trace may leave out stands here: pages 1, no_pasid().
 */

/* Device and domain side. */
struct outcome session_init_with(struct session *s, struct session_device device, unsigned features,
				 unsigned min, unsigned max);
struct outcome session_shutdown(struct session *s, struct session_device device);
struct outcome session_attach(struct session *s, struct session_device device,
			      struct session_domain domain);
struct outcome session_detach(struct session *s, struct session_device device);
struct outcome session_unplug(struct session *s, struct session_device device);
struct outcome session_map(struct session *s, struct session_domain domain, uint64_t va,
			   unsigned pages, enum session_rights rights);
struct outcome session_unmap(struct session *s, struct session_domain domain, uint64_t va,
			     unsigned pages);

/* Bind side. */
struct outcome session_bind_with(struct session *s, struct session_device device,
				 struct session_process process, unsigned features,
				 bool no_pasid_pointer);
struct outcome session_unbind(struct session *s, struct session_device device,
			      struct session_pasid pasid);
struct outcome session_unbind_all(struct session *s, struct session_device device);

/* Process side. */
struct outcome session_spawn(struct session *s, struct session_process process);
struct outcome session_fork(struct session *s, struct session_process process,
			    struct session_process child);
struct outcome session_thread(struct session *s, struct session_process process,
			      struct session_process child);
struct outcome session_clone_vm(struct session *s, struct session_process process,
				struct session_process child);
struct outcome session_exec(struct session *s, struct session_process process);
struct outcome session_exit(struct session *s, struct session_process process);
struct outcome session_exit_group(struct session *s, struct session_process process);
struct outcome session_read(struct session *s, struct session_process process, uint64_t va);
struct outcome session_write(struct session *s, struct session_process process, uint64_t va);
struct outcome session_mmap(struct session *s, struct session_process process, uint64_t va,
			    unsigned pages, enum session_rights rights);
struct outcome session_munmap(struct session *s, struct session_process process, uint64_t va,
			      unsigned pages);
struct outcome session_mprotect(struct session *s, struct session_process process, uint64_t va,
				unsigned pages, enum session_rights rights);
struct outcome session_mremap(struct session *s, struct session_process process, uint64_t va,
			      uint64_t to);
struct outcome session_migrate(struct session *s, struct session_process process, uint64_t va);
struct outcome session_swap_out(struct session *s, struct session_process process, uint64_t va);

/* Device side. */
struct outcome session_dma(struct session *s, struct session_device device,
			   struct session_pasid pasid, uint64_t va,
			   enum session_direction direction);
struct outcome session_ats(struct session *s, struct session_device device,
			   struct session_pasid pasid, uint64_t va);

/* Hardware side. */
struct outcome session_tlbi(struct session *s, struct session_device device);
struct outcome session_cfgi(struct session *s, struct session_device device);
struct outcome session_atc_inv(struct session *s, struct session_device device,
			       struct session_pasid pasid, uint64_t va, unsigned pages);
struct outcome session_prefetch(struct session *s, struct session_device device,
				struct session_pasid pasid, uint64_t va);
struct outcome session_bad_command(struct session *s, unsigned opcode);
struct outcome session_fail_alloc(struct session *s, unsigned nth);

/* Functions that come and go: hot-plug, SR-IOV. */
struct outcome session_plug(struct session *s, struct session_device device);
struct outcome session_vfs_off(struct session *s, struct session_device device);
struct outcome session_vfs_on(struct session *s, struct session_device device);

/* Partitions of a device (mdevs) and its mediating driver. */
struct outcome session_mdev_bind(struct session *s, struct session_mdev mdev,
				 struct session_process process);
struct outcome session_mdev_unbind(struct session *s, struct session_mdev mdev,
				   struct session_pasid pasid);
struct outcome session_mdev_close(struct session *s, struct session_mdev mdev);
struct outcome session_mdev_map(struct session *s, struct session_mdev mdev, uint64_t va,
				unsigned pages, enum session_rights rights);
struct outcome session_mdev_unmap(struct session *s, struct session_mdev mdev, uint64_t va,
				  unsigned pages);
struct outcome session_mdev_attach(struct session *s, struct session_mdev mdev,
				   struct session_domain domain);
struct outcome session_user_bind(struct session *s, struct session_mdev mdev,
				 struct session_process process);
struct outcome session_submit(struct session *s, struct session_mdev mdev,
			      struct session_process process, struct session_pasid written,
			      uint64_t va, enum session_direction direction);

/* VMs: functions with nested translation, guests with PASIDs of their own. */
struct outcome session_vm_start(struct session *s, struct session_vm vm);
struct outcome session_vm_destroy(struct session *s, struct session_vm vm);
struct outcome session_assign(struct session *s, struct session_vm vm,
			      struct session_device device);
struct outcome session_unassign(struct session *s, struct session_device device);
struct outcome session_assign_mdev(struct session *s, struct session_vm vm,
				   struct session_mdev mdev);
struct outcome session_unassign_mdev(struct session *s, struct session_mdev mdev);
struct outcome session_guest_spawn(struct session *s, struct session_vm vm,
				   struct session_process process);
struct outcome session_guest_bind(struct session *s, struct session_device device,
				  struct session_process process);
struct outcome session_guest_unbind(struct session *s, struct session_vm vm,
				    struct session_device device, struct session_pasid pasid);
struct outcome session_guest_inv(struct session *s, struct session_vm vm,
				 struct session_device device, struct session_pasid pasid,
				 uint64_t va, unsigned pages);

/* Linux only: calls that the 2018 interface has not. Under another policy they are skipped. */
struct outcome session_enable(struct session *s, struct session_device device,
			      enum session_feature feature);
struct outcome session_disable(struct session *s, struct session_device device,
			       enum session_feature feature);
struct outcome session_attach_pasid(struct session *s, struct session_device device,
				    struct session_domain domain, struct session_pasid pasid);
struct outcome session_detach_pasid(struct session *s, struct session_device device,
				    struct session_pasid pasid);
struct outcome session_claim(struct session *s, struct session_device device);
struct outcome session_release(struct session *s, struct session_device device);
struct outcome session_power_off(struct session *s, struct session_device device);

/* No features, any PASID; no flags, and a pointer for the PASID. */
static inline struct outcome session_init(struct session *s, struct session_device device)
{
	return session_init_with(s, device, 0, 0, 0);
}

static inline struct outcome session_bind(struct session *s, struct session_device device,
					  struct session_process process)
{
	return session_bind_with(s, device, process, 0, false);
}

#endif
