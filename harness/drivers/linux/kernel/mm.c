// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: mm_structs over those of the world. Their life follows kernel/fork.c, notifiers
 * are called where mm/ calls them, VMAs and faults are answered by the host.
 */
#include "machine.h"

#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <asm/mmu_context.h>

struct shim_mm {
	unsigned int index;
	struct work_struct drop;
	/* The VMA that was asked for last: nobody looks at two. */
	struct vm_area_struct vma;
	struct mm_struct mm; /* ends with a bitmap of any size */
};

static struct shim_mm *mms[LINUX_MAX_MMS];

static struct shim_mm *shim_of(struct mm_struct *mm)
{
	return container_of(mm, struct shim_mm, mm);
}

struct mm_struct *shim_mm(unsigned int index)
{
	return index < LINUX_MAX_MMS && mms[index] ? &mms[index]->mm : NULL;
}

/* mm_init(); the one user is the process. */
int shim_mm_create(unsigned int index, unsigned long root)
{
	struct shim_mm *shim;
	struct mm_struct *mm;

	if (index >= LINUX_MAX_MMS || mms[index])
		return -EINVAL;
	shim = shim_alloc(sizeof(*shim) + cpumask_size(), GFP_KERNEL);
	if (!shim)
		return -ENOMEM;
	shim->index = index;
	mm = &shim->mm;
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	mmap_init_lock(mm);
	spin_lock_init(&mm->page_table_lock);
	mm_pasid_init(mm);
	mmu_notifier_subscriptions_init(mm);
	atomic64_set(&mm->context.id, 0);
	refcount_set(&mm->context.pinned, 0);
	mm->pgd = (pgd_t *)root;
	mms[index] = shim;
	return 0;
}

/* The order is that of kernel/fork.c. */
void __mmdrop(struct mm_struct *mm)
{
	struct shim_mm *shim = shim_of(mm);
	unsigned int index = shim->index;

	WARN_ON(atomic_read(&mm->mm_users));
	mmu_notifier_subscriptions_destroy(mm);
	mm_pasid_drop(mm);
	mms[index] = NULL;
	kfree(shim);
	shim_host->mm_dropped(shim_host->ctx, index);
}

/* The process holds a user until mm_release(): it cannot be the kernel that drops the last. */
void mmput(struct mm_struct *mm)
{
	might_sleep();
	if (atomic_dec_and_test(&mm->mm_users))
		shim_fail(LINUX_FAIL_BUG, "mmput() of a reference that nobody took");
}

static void drop_work(struct work_struct *work)
{
	struct shim_mm *shim = container_of(work, struct shim_mm, drop);

	mmdrop(&shim->mm);
}

/* mmput() of the process, exit_mmap() up to the point where the tables are freed. */
void shim_mm_release(unsigned int index)
{
	struct shim_mm *shim = mms[index];

	if (!atomic_dec_and_test(&shim->mm.mm_users))
		shim_fail(LINUX_FAIL_BUG, "mm_users of an mm that nobody works on is not 1");
	mmu_notifier_release(&shim->mm);
	INIT_WORK(&shim->drop, drop_work);
	schedule_work(&shim->drop);
}

/* With the table lock held, as in ptep_clear_flush(): a notifier may not sleep here. */
void shim_mm_invalidate(unsigned int index, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = &mms[index]->mm;

	spin_lock(&mm->page_table_lock);
#if LINUX_SHIM_VERSION < 612
	mmu_notifier_invalidate_range(mm, start, end);
#else
	mmu_notifier_arch_invalidate_secondary_tlbs(mm, start, end);
#endif
	spin_unlock(&mm->page_table_lock);
}

unsigned int shim_mm_pasid(unsigned int index)
{
	struct mm_struct *mm = shim_mm(index);

	if (!mm)
		return 0;
#if LINUX_SHIM_VERSION < 612
	return pasid_valid(mm->pasid) ? mm->pasid : 0;
#else
	return mm->iommu_mm ? mm->iommu_mm->pasid : 0;
#endif
}

/* Locks of all VMAs and of what they map: only the first of them is here. */
static DEFINE_MUTEX(all_locks);

int mm_take_all_locks(struct mm_struct *mm)
{
	mutex_lock(&all_locks);
	return 0;
}

void mm_drop_all_locks(struct mm_struct *mm)
{
	mutex_unlock(&all_locks);
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
	struct shim_mm *shim = shim_of(mm);
	struct vm_area_struct *vma = &shim->vma;
	unsigned long start, end;
	unsigned int prot;

	/* mmap_assert_locked() */
	WARN_ON(!rwsem_is_locked(&mm->mmap_lock));
	if (!shim_host->mm_vma(shim_host->ctx, shim->index, address, &start, &end, &prot))
		return NULL;
	memset(vma, 0, sizeof(*vma));
	vma->vm_mm = mm;
	vma->vm_start = start;
	vma->vm_end = end;
	*(vm_flags_t *)&vma->vm_flags =
		(prot & LINUX_READ ? VM_READ : 0) | (prot & LINUX_WRITE ? VM_WRITE : 0);
	return vma;
}

/* The only maple trees are those of VMAs: vma_lookup() ... */
void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	struct vm_area_struct *vma = find_vma(container_of(mt, struct mm_struct, mm_mt), index);

	return vma && vma->vm_start <= index ? vma : NULL;
}

/* ... and find_vma_intersection(). */
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	struct vm_area_struct *vma = find_vma(container_of(mt, struct mm_struct, mm_mt), *index);

	if (!vma || vma->vm_start > max)
		return NULL;
	*index = vma->vm_end;
	return vma;
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags,
			   struct pt_regs *regs)
{
	struct shim_mm *shim = shim_of(vma->vm_mm);
	int error;

	might_sleep();
	error = shim_host->mm_fault(shim_host->ctx, shim->index, address,
				    !!(flags & FAULT_FLAG_WRITE));
	if (!error)
		return 0;
	return error == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGSEGV;
}
