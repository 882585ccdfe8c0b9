// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait queues: who calls wait_event() puts itself on the queue, looks at its condition and calls
 * schedule(), which returns when a wake-up has taken it off. A condition that comes true without a
 * wake-up does not end the sleep, as in the kernel.
 */
#include "shim.h"

#include <linux/sched.h>
#include <linux/swait.h>
#include <linux/wait.h>

/* The queue entry of the task that is about to call schedule(). */
static struct list_head *prepared;
/* Wake-ups by task, for who sleeps without a queue. */
static unsigned int task_wakeups;

static int taken_off(void *arg)
{
	struct list_head *entry = arg;

	return list_empty(entry);
}

static int task_woken(void *arg)
{
	unsigned int *seen = arg;

	return *seen != task_wakeups;
}

/*
 * A sleep outside of a queue: set_current_state(), a look at the condition, schedule(). Nothing
 * runs in between, so a wake-up that counts is one from now on.
 */
void schedule(void)
{
	struct list_head *entry = prepared;
	unsigned int seen = task_wakeups;

	prepared = NULL;
	shim_might_sleep();
	if (entry)
		shim_wait(taken_off, entry, "wake_up()");
	else
		shim_wait(task_woken, &seen, "wake_up_process()");
}

int wake_up_process(struct task_struct *task)
{
	task_wakeups++;
	return 1;
}

void __init_waitqueue_head(struct wait_queue_head *head, const char *name,
			   struct lock_class_key *key)
{
	spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->head);
}

int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	list_del_init(&entry->entry);
	return 1;
}

void init_wait_entry(struct wait_queue_entry *entry, int flags)
{
	entry->flags = flags;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

long prepare_to_wait_event(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	unsigned long flags;

	spin_lock_irqsave(&head->lock, flags);
	if (list_empty(&entry->entry)) {
		if (entry->flags & WQ_FLAG_EXCLUSIVE)
			__add_wait_queue_entry_tail(head, entry);
		else
			__add_wait_queue(head, entry);
	}
	spin_unlock_irqrestore(&head->lock, flags);
	prepared = &entry->entry;
	return 0;
}

void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	unsigned long flags;

	prepared = NULL;
	spin_lock_irqsave(&head->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

int __wake_up(struct wait_queue_head *head, unsigned int mode, int nr_exclusive, void *key)
{
	struct wait_queue_entry *entry, *next;
	unsigned long flags;
	int woken = 0;

	spin_lock_irqsave(&head->lock, flags);
	list_for_each_entry_safe(entry, next, &head->head, entry)
	{
		bool exclusive = entry->flags & WQ_FLAG_EXCLUSIVE;

		if (!entry->func(entry, mode, 0, key))
			continue;
		woken++;
		if (exclusive && !--nr_exclusive)
			break;
	}
	spin_unlock_irqrestore(&head->lock, flags);
	return woken;
}

/* Simple wait queues: one wake-up takes one entry off. */

void __init_swait_queue_head(struct swait_queue_head *queue, const char *name,
			     struct lock_class_key *key)
{
	raw_spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->task_list);
}

long prepare_to_swait_event(struct swait_queue_head *queue, struct swait_queue *entry, int state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue->lock, flags);
	entry->task = current;
	if (list_empty(&entry->task_list))
		list_add_tail(&entry->task_list, &queue->task_list);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
	prepared = &entry->task_list;
	return 0;
}

void finish_swait(struct swait_queue_head *queue, struct swait_queue *entry)
{
	unsigned long flags;

	prepared = NULL;
	raw_spin_lock_irqsave(&queue->lock, flags);
	list_del_init(&entry->task_list);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
}

void swake_up_one(struct swait_queue_head *queue)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&queue->lock, flags);
	if (!list_empty(&queue->task_list))
		list_del_init(queue->task_list.next);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
}
