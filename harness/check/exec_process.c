/* SPDX-License-Identifier: MIT */
/* Ops of the process side: the law and the world step; the driver sees its notifiers. */
#include "check_state.h"

#include <errno.h>

static bool alive(const struct check *c, unsigned task)
{
	return ref_task_alive(&c->ref, (uint8_t)task);
}

/* Exited spaces stay while they are bound. */
static const char no_room[] = "too many address spaces are still bound";

static void touch(struct check *c, unsigned task, unsigned slot, unsigned count)
{
	unsigned mm = c->ref.task[task].mm;

	if (mm != REF_NONE)
		c->law_dirty[mm] |= (uint32_t)(((1ull << count) - 1) << slot);
}

bool exec_SPAWN(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (alive(c, op->process))
		return exec_skip(c, "the slot is taken");
	if (!ref_room_for_mm(&c->ref))
		return exec_skip(c, no_room);
	c->mms_changed = true;
	want = ref_spawn(&c->ref, op->process);
	compare_result(c, &want, world_spawn(c->world, op->process), 0);
	return true;
}

typedef struct ref_result (*ref_create_fn)(struct ref *ref, uint8_t parent, uint8_t child);
typedef int (*world_create_fn)(struct world *world, unsigned parent, unsigned child);

static bool create(struct check *c, const struct trace_op *op, ref_create_fn law,
		   world_create_fn real)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	if (alive(c, op->child))
		return exec_skip(c, "the slot is taken");
	c->mms_changed = true;
	want = law(&c->ref, op->process, op->child);
	compare_result(c, &want, real(c->world, op->process, op->child), 0);
	return true;
}

bool exec_FORK(struct check *c, const struct trace_op *op)
{
	bool sent;

	if (!ref_room_for_mm(&c->ref))
		return exec_skip(c, no_room);
	sent = create(c, op, ref_fork, world_fork);
	if (sent) {
		touch(c, op->process, 0, REF_SPACE_PAGES);
		touch(c, op->child, 0, REF_SPACE_PAGES);
	}
	return sent;
}

bool exec_THREAD(struct check *c, const struct trace_op *op)
{
	return create(c, op, ref_thread, world_thread);
}

bool exec_CLONE_VM(struct check *c, const struct trace_op *op)
{
	return create(c, op, ref_clone_vm, world_clone_vm);
}

bool exec_EXEC(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	if (!ref_room_for_mm(&c->ref))
		return exec_skip(c, no_room);
	c->mms_changed = true;
	want = ref_exec(&c->ref, op->process);
	compare_result(c, &want, world_exec(c->world, op->process), 0);
	return true;
}

bool exec_EXIT(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	c->mms_changed = true;
	want = ref_exit(&c->ref, op->process);
	world_exit(c->world, op->process);
	compare_result(c, &want, 0, 0);
	return true;
}

bool exec_EXIT_GROUP(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	c->mms_changed = true;
	want = ref_exit_group(&c->ref, op->process);
	world_exit_group(c->world, op->process);
	compare_result(c, &want, 0, 0);
	return true;
}

bool exec_READ(struct check *c, const struct trace_op *op)
{
	struct ref_result want;
	uint32_t value = 0;
	int error;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_cpu(&c->ref, op->process, op->slot, false);
	error = world_cpu_read(c->world, op->process, op->slot, &value);
	touch(c, op->process, op->slot, 1);
	if (!compare_result(c, &want, error, 0) || error)
		return true;
	c->step.value = value;
	if (value != want.access.value)
		diverge(c, DIVERGENCE_DATA, "D-1", "the value last written", "%u instead of %u",
			value, want.access.value);
	return true;
}

bool exec_WRITE(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_cpu(&c->ref, op->process, op->slot, true);
	touch(c, op->process, op->slot, 1);
	compare_result(c, &want,
		       world_cpu_write(c->world, op->process, op->slot, want.access.value), 0);
	return true;
}

bool exec_MMAP(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_mmap(&c->ref, op->process, op->slot, op->pages, op->prot);
	touch(c, op->process, op->slot, op->pages);
	compare_result(c, &want, world_mmap(c->world, op->process, op->slot, op->pages, op->prot),
		       0);
	return true;
}

bool exec_MUNMAP(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_munmap(&c->ref, op->process, op->slot, op->pages);
	touch(c, op->process, op->slot, op->pages);
	compare_result(c, &want, world_munmap(c->world, op->process, op->slot, op->pages), 0);
	return true;
}

bool exec_MPROTECT(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_mprotect(&c->ref, op->process, op->slot, op->pages, op->prot);
	touch(c, op->process, op->slot, op->pages);
	compare_result(c, &want,
		       world_mprotect(c->world, op->process, op->slot, op->pages, op->prot), 0);
	return true;
}

bool exec_MREMAP(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_mremap(&c->ref, op->process, op->slot, op->to);
	touch(c, op->process, op->slot, 1);
	touch(c, op->process, op->to, 1);
	compare_result(c, &want, world_mremap(c->world, op->process, op->slot, op->to), 0);
	return true;
}

bool exec_MIGRATE(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_migrate(&c->ref, op->process, op->slot);
	touch(c, op->process, op->slot, 1);
	compare_result(c, &want, world_migrate(c->world, op->process, op->slot), 0);
	return true;
}

bool exec_SWAP_OUT(struct check *c, const struct trace_op *op)
{
	struct ref_result want;

	if (!alive(c, op->process))
		return exec_skip(c, "no such process");
	want = ref_swap_out(&c->ref, op->process, op->slot);
	touch(c, op->process, op->slot, 1);
	compare_result(c, &want, world_swap_out(c->world, op->process, op->slot), 0);
	return true;
}
