/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of CPUs belong to the world, which walks and changes them itself: kernel code that is
 * compiled here only passes mm->pgd on. Types and the least that linux/pgtable.h and linux/mm.h ask.
 */
#ifndef _ASM_PGTABLE_H
#define _ASM_PGTABLE_H

#include <linux/types.h>
#include <asm-generic/pgtable-nopmd.h>
#include <asm/page.h>

#define PGDIR_SHIFT  21
#define PGDIR_SIZE   (1UL << PGDIR_SHIFT)
#define PGDIR_MASK   (~(PGDIR_SIZE - 1))
#define PTRS_PER_PGD 512
#define PTRS_PER_PTE 512

#define VMALLOC_START 0xffff800000000000UL
#define VMALLOC_END   0xffff900000000000UL

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];

#define LINUX_SHIM_PTE_PRESENT 1UL
#define LINUX_SHIM_PTE_WRITE   2UL

#define PAGE_NONE	 __pgprot(0)
#define PAGE_READONLY	 __pgprot(LINUX_SHIM_PTE_PRESENT)
#define PAGE_COPY	 __pgprot(LINUX_SHIM_PTE_PRESENT)
#define PAGE_SHARED	 __pgprot(LINUX_SHIM_PTE_PRESENT | LINUX_SHIM_PTE_WRITE)
#define PAGE_KERNEL	 __pgprot(LINUX_SHIM_PTE_PRESENT | LINUX_SHIM_PTE_WRITE)
#define PAGE_KERNEL_EXEC PAGE_KERNEL

#define pgprot_noncached(prot) (prot)

static inline int pte_none(pte_t pte)
{
	return !pte_val(pte);
}

static inline int pte_present(pte_t pte)
{
	return pte_val(pte) & LINUX_SHIM_PTE_PRESENT;
}

static inline int pte_write(pte_t pte)
{
	return pte_val(pte) & LINUX_SHIM_PTE_WRITE;
}

static inline int pte_dirty(pte_t pte)
{
	return 0;
}

static inline int pte_young(pte_t pte)
{
	return 0;
}

static inline pte_t pte_wrprotect(pte_t pte)
{
	return __pte(pte_val(pte) & ~LINUX_SHIM_PTE_WRITE);
}

/* Nothing is recorded about accesses. */
static inline pte_t linux_shim_pte_same(pte_t pte)
{
	return pte;
}
#define pte_mkold   linux_shim_pte_same
#define pte_mkyoung linux_shim_pte_same
#define pte_mkclean linux_shim_pte_same
#define pte_mkdirty linux_shim_pte_same

#define LINUX_SHIM_PTE_MKWRITE(pte) __pte(pte_val(pte) | LINUX_SHIM_PTE_WRITE)
#if LINUX_SHIM_VERSION < 612
static inline pte_t pte_mkwrite(pte_t pte)
{
	return LINUX_SHIM_PTE_MKWRITE(pte);
}
#define set_pte_at(mm, addr, ptep, pte) set_pte(ptep, pte)
#else
static inline pte_t pte_mkwrite_novma(pte_t pte)
{
	return LINUX_SHIM_PTE_MKWRITE(pte);
}
#endif

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	return __pte((pte_val(pte) & PAGE_MASK) | pgprot_val(prot));
}

#define PFN_PTE_SHIFT		  PAGE_SHIFT
#define pte_pfn(pte)		  (pte_val(pte) >> PAGE_SHIFT)
#define pte_page(pte)		  pfn_to_page(pte_pfn(pte))
#define pfn_pte(pfn, prot)	  __pte(((unsigned long)(pfn) << PAGE_SHIFT) | pgprot_val(prot))
#define mk_pte(page, prot)	  pfn_pte(page_to_pfn(page), prot)
#define set_pte(ptep, pte)	  (*(ptep) = (pte))
#define pte_clear(mm, addr, ptep) set_pte(ptep, __pte(0))
#define pmd_none(pmd)		  (!pmd_val(pmd))
#define pmd_bad(pmd)		  0
#define pmd_present(pmd)	  (pmd_val(pmd) & LINUX_SHIM_PTE_PRESENT)
#define pmd_pfn(pmd)		  (pmd_val(pmd) >> PAGE_SHIFT)
#define pmd_page(pmd)		  pfn_to_page(pmd_pfn(pmd))
#define pmd_page_vaddr(pmd)	  ((unsigned long)pmd_val(pmd) & PAGE_MASK)
#define set_pmd(pmdp, pmd)	  (*(pmdp) = (pmd))
#define pmd_clear(pmdp)		  set_pmd(pmdp, (pmd_t){0})
#define ZERO_PAGE(vaddr)	  ((struct page *)NULL)

#define update_mmu_cache(vma, addr, ptep)                                                          \
	do {                                                                                       \
	} while (0)
#define update_mmu_cache_range(vmf, vma, addr, ptep, nr)                                           \
	do {                                                                                       \
	} while (0)

/* There is no swap. */
#define __HAVE_ARCH_PTE_SWP_EXCLUSIVE
#define __swp_type(entry)	  ((entry).val & 0x1f)
#define __swp_offset(entry)	  ((entry).val >> 5)
#define __swp_entry(type, offset) ((swp_entry_t){(type) | ((offset) << 5)})
#define __pte_to_swp_entry(pte)	  ((swp_entry_t){pte_val(pte)})
#define __swp_entry_to_pte(entry) __pte((entry).val)
#define pte_swp_mkexclusive	  linux_shim_pte_same
#define pte_swp_clear_exclusive	  linux_shim_pte_same

static inline int pte_swp_exclusive(pte_t pte)
{
	return 0;
}

#if LINUX_SHIM_VERSION < 612
#define kern_addr_valid(address) 1
#endif

#endif
