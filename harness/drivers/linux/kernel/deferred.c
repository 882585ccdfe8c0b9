// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work for later: workqueues and RCU callbacks. One queue for all of them, in the order of
 * queueing; the host runs it item by item (linux_image.run_pending), also while someone waits.
 * SRCU is the kernel's own srcutiny.c, whose grace periods are work items.
 */
#include "shim.h"

#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/kernel.h>
#include <linux/workqueue.h>

struct workqueue_struct {
	int max_active; /* 1: ordered; else no limit that counts here */
	char name[48];
};

/* A work item that runs; on the stack of who runs it. */
struct execution {
	struct list_head entry;
	struct work_struct *work;
	struct workqueue_struct *queue;
};

static struct workqueue_struct events = {.name = "events"};
struct workqueue_struct *system_wq = &events;
#if LINUX_SHIM_VERSION >= 612
struct workqueue_struct *system_percpu_wq = &events;
#endif

static LIST_HEAD(pending);
static LIST_HEAD(running);

/*
 * A pending item keeps its workqueue in `data` above the flags, as one of the kernel keeps its
 * pool_workqueue; others have WORK_DATA_INIT() there.
 */
static struct workqueue_struct *queue_of(struct work_struct *work)
{
	return (void *)(atomic_long_read(&work->data) & ~(1L << WORK_STRUCT_PENDING_BIT));
}

static bool is_running(struct work_struct *work)
{
	struct execution *execution;

	list_for_each_entry(execution, &running, entry) if (execution->work == work) return true;
	return false;
}

static bool any_running(struct workqueue_struct *queue)
{
	struct execution *execution;

	list_for_each_entry(execution, &running, entry) if (execution->queue == queue) return true;
	return false;
}

static bool any_pending_before(struct workqueue_struct *queue, struct work_struct *last)
{
	struct work_struct *work;

	list_for_each_entry(work, &pending, entry)
	{
		if (work == last)
			return false;
		if (queue_of(work) == queue)
			return true;
	}
	return false;
}

bool queue_work_on(int cpu, struct workqueue_struct *queue, struct work_struct *work)
{
	if (work_pending(work))
		return false;
	atomic_long_set(&work->data, (long)queue | 1L << WORK_STRUCT_PENDING_BIT);
	list_add_tail(&work->entry, &pending);
	return true;
}

/*
 * __flush_workqueue() puts one of these into the queue: it is ready when all that was queued before
 * has ended.
 */
struct barrier {
	struct work_struct work;
	struct completion done;
};

static void barrier_done(struct work_struct *work)
{
	complete(&container_of(work, struct barrier, work)->done);
}

/* No item runs twice at a time, and of an ordered workqueue only one does. */
static bool is_ready(struct work_struct *work)
{
	struct workqueue_struct *queue = queue_of(work);

	if (is_running(work))
		return false;
	if (work->func == barrier_done)
		return !any_running(queue) && !any_pending_before(queue, work);
	return queue->max_active != 1 || !any_running(queue);
}

static void run(struct work_struct *work)
{
	struct execution execution = {.work = work, .queue = queue_of(work)};
	work_func_t func = work->func;

	list_del_init(&work->entry);
	atomic_long_set(&work->data, (long)WORK_STRUCT_NO_POOL);
	list_add(&execution.entry, &running);
	func(work); /* may free it, or queue it again */
	list_del(&execution.entry);
}

int shim_run_pending(void)
{
	struct work_struct *work;

	list_for_each_entry(work, &pending, entry)
	{
		if (!is_ready(work))
			continue;
		run(work);
		return 1;
	}
	return 0;
}

/* Waiting for work. */

static int work_idle(void *arg)
{
	struct work_struct *work = arg;

	return !work_pending(work) && !is_running(work);
}

static int queue_idle(void *arg)
{
	struct workqueue_struct *queue = arg;

	return !any_running(queue) && !any_pending_before(queue, NULL);
}

static int barrier_passed(void *arg)
{
	struct barrier *barrier = arg;

	return completion_done(&barrier->done);
}

bool flush_work(struct work_struct *work)
{
	shim_might_sleep();
	if (work_idle(work))
		return false;
	shim_wait(work_idle, work, "flush_work()");
	return true;
}

static void wait_for_queue(struct workqueue_struct *queue, int (*done)(void *arg), void *arg,
			   const char *how)
{
	char what[80];

	snprintf(what, sizeof(what), "%s of workqueue %s", how, queue->name);
	shim_wait(done, arg, what);
}

void __flush_workqueue(struct workqueue_struct *queue)
{
	struct barrier barrier;

	shim_might_sleep();
	if (queue_idle(queue))
		return;
	INIT_WORK_ONSTACK(&barrier.work, barrier_done);
	init_completion(&barrier.done);
	queue_work(queue, &barrier.work);
	wait_for_queue(queue, barrier_passed, &barrier, "the flush");
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *queue = shim_alloc(sizeof(*queue), GFP_KERNEL);
	va_list args;

	if (!queue)
		return NULL;
	va_start(args, max_active);
	vsnprintf(queue->name, sizeof(queue->name), fmt, args);
	va_end(args);
	queue->max_active = max_active;
	return queue;
}

void destroy_workqueue(struct workqueue_struct *queue)
{
	shim_might_sleep();
	if (!queue_idle(queue))
		wait_for_queue(queue, queue_idle, queue, "the end");
	kfree(queue);
}

/*
 * RCU callbacks. A read section does not sleep and there is one CPU, so whenever something pending
 * may run the grace period is over (kernel/rcu/tiny.c). One callback at a time, with bottom halves
 * off.
 */

static struct rcu_head *callbacks, **callbacks_tail = &callbacks;

static void run_callback(struct work_struct *work);
static DECLARE_WORK(callback_work, run_callback);

/* kfree_rcu() and its kin pass the offset of the head in the object as the function. */
static bool is_offset(rcu_callback_t func)
{
	return (unsigned long)func < PAGE_SIZE;
}

static void run_callback(struct work_struct *work)
{
	struct rcu_head *head = callbacks;
	rcu_callback_t func = head->func;

	callbacks = head->next;
	if (callbacks)
		queue_work(&events, work);
	else
		callbacks_tail = &callbacks;
	local_bh_disable();
	if (is_offset(func))
		kfree((char *)head - (unsigned long)func);
	else
		func(head);
	local_bh_enable();
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = NULL;
	*callbacks_tail = head;
	callbacks_tail = &head->next;
	queue_work(&events, &callback_work);
}

void synchronize_rcu(void)
{
	shim_might_sleep();
}

static int no_callbacks(void *arg)
{
	return !callbacks && !is_running(&callback_work);
}

void rcu_barrier(void)
{
	shim_might_sleep();
	if (!no_callbacks(NULL))
		shim_wait(no_callbacks, NULL, "rcu_barrier()");
}

void wakeme_after_rcu(struct rcu_head *head)
{
	complete(&container_of(head, struct rcu_synchronize, head)->completion);
}
