// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks that are waited for by sleeping. Who finds one taken waits in the host until it is free;
 * that nothing can free it is for the host to find out.
 */
#include "shim.h"

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/kernel.h>

/*
 * Names of locks for findings. A lock keeps its name where the kernel would keep waiters, which it
 * has none of here: an initialised list cannot have a next of NULL. Statically initialised locks
 * have no name.
 */
static void set_name(struct list_head *waiters, const char *name)
{
	waiters->next = NULL;
	waiters->prev = (struct list_head *)name;
}

static const char *get_name(const struct list_head *waiters)
{
	if (waiters->next)
		return "(static)";
	if (!waiters->prev)
		shim_fail(LINUX_FAIL_BUG, "a lock is used that was never initialised");
	return (const char *)waiters->prev;
}

/* Mutexes: owner is the task that holds it. */

static int mutex_free(void *arg)
{
	struct mutex *lock = arg;

	return !atomic_long_read(&lock->owner);
}

void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	atomic_long_set(&lock->owner, 0);
	raw_spin_lock_init(&lock->wait_lock);
	set_name(&lock->wait_list, name);
}

bool mutex_is_locked(struct mutex *lock)
{
	return !mutex_free(lock);
}

int mutex_trylock(struct mutex *lock)
{
	if (!mutex_free(lock))
		return 0;
	atomic_long_set(&lock->owner, (long)current);
	return 1;
}

void mutex_lock(struct mutex *lock)
{
	const char *name = get_name(&lock->wait_list);
	char what[64];

	shim_might_sleep();
	while (!mutex_trylock(lock)) {
		snprintf(what, sizeof(what), "mutex %s", name);
		shim_wait(mutex_free, lock, what);
	}
}

int mutex_lock_interruptible(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

int mutex_lock_killable(struct mutex *lock)
{
	mutex_lock(lock);
	return 0;
}

void mutex_unlock(struct mutex *lock)
{
	if (mutex_free(lock))
		shim_fail(LINUX_FAIL_LOCK, "mutex %s is released but not held",
			  get_name(&lock->wait_list));
	atomic_long_set(&lock->owner, 0);
}

/* Read-write semaphores: the count of kernel/locking/rwsem.c without its waiter flags. */

enum { WRITER = 1, READER = 1 << 8 };

void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	atomic_long_set(&sem->count, 0);
	atomic_long_set(&sem->owner, 0);
	raw_spin_lock_init(&sem->wait_lock);
	set_name(&sem->wait_list, name);
}

static int rwsem_free(void *arg)
{
	struct rw_semaphore *sem = arg;

	return !atomic_long_read(&sem->count);
}

static int rwsem_free_of_writer(void *arg)
{
	struct rw_semaphore *sem = arg;

	return !(atomic_long_read(&sem->count) & WRITER);
}

static void wait_for_rwsem(struct rw_semaphore *sem, int (*done)(void *arg), const char *how)
{
	char what[80];

	snprintf(what, sizeof(what), "rwsem %s for %s", get_name(&sem->wait_list), how);
	shim_wait(done, sem, what);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	if (!rwsem_free_of_writer(sem))
		return 0;
	atomic_long_add(READER, &sem->count);
	return 1;
}

void down_read(struct rw_semaphore *sem)
{
	get_name(&sem->wait_list);
	shim_might_sleep();
	while (!down_read_trylock(sem))
		wait_for_rwsem(sem, rwsem_free_of_writer, "reading");
}

void up_read(struct rw_semaphore *sem)
{
	if (atomic_long_read(&sem->count) < READER)
		shim_fail(LINUX_FAIL_LOCK, "rwsem %s is released by a reader but not held",
			  get_name(&sem->wait_list));
	atomic_long_sub(READER, &sem->count);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	if (!rwsem_free(sem))
		return 0;
	atomic_long_set(&sem->count, WRITER);
	return 1;
}

void down_write(struct rw_semaphore *sem)
{
	get_name(&sem->wait_list);
	shim_might_sleep();
	while (!down_write_trylock(sem))
		wait_for_rwsem(sem, rwsem_free, "writing");
}

void up_write(struct rw_semaphore *sem)
{
	if (!(atomic_long_read(&sem->count) & WRITER))
		shim_fail(LINUX_FAIL_LOCK, "rwsem %s is released by a writer but not held",
			  get_name(&sem->wait_list));
	atomic_long_set(&sem->count, 0);
}

/* Completions: the count alone; the waiters ask for it. */

static int completed(void *arg)
{
	struct completion *completion = arg;

	return completion->done != 0;
}

void complete(struct completion *completion)
{
	if (completion->done != UINT_MAX)
		completion->done++;
}

void complete_all(struct completion *completion)
{
	completion->done = UINT_MAX;
}

bool completion_done(struct completion *completion)
{
	return completed(completion);
}

void wait_for_completion(struct completion *completion)
{
	shim_might_sleep();
	while (!completed(completion))
		shim_wait(completed, completion, "a completion");
	if (completion->done != UINT_MAX)
		completion->done--;
}
