/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of 4 KiB; a physical address is the pointer value. Only the frames of RAM that hardware can
 * see have a struct page: [linux_shim_ram_start, linux_shim_ram_end).
 */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H

#include <linux/const.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#ifndef __ASSEMBLY__

#include <linux/types.h>
#include <asm/linux_shim.h>

#define clear_page(page)		      memset((void *)(page), 0, PAGE_SIZE)
#define copy_page(to, from)		      memcpy((void *)(to), (void *)(from), PAGE_SIZE)
#define clear_user_page(page, vaddr, pg)      clear_page(page)
#define copy_user_page(to, from, vaddr, page) copy_page(to, from)

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)    ((x).pte)
#define pgd_val(x)    ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x)      ((pte_t){(x)})
#define __pgd(x)      ((pgd_t){(x)})
#define __pgprot(x)   ((pgprot_t){(x)})

#define __pa(x)	       ((phys_addr_t)(unsigned long)(x))
#define __va(x)	       ((void *)(unsigned long)(x))
#define __pa_symbol(x) __pa(x)

static inline phys_addr_t virt_to_phys(const volatile void *address)
{
	return __pa(address);
}

static inline void *phys_to_virt(phys_addr_t address)
{
	return __va(address);
}
#define virt_to_phys virt_to_phys
#define phys_to_virt phys_to_virt

#define vmemmap		 linux_shim_vmemmap
#define virt_to_pfn(x)	 (__pa(x) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) __va((unsigned long)(pfn) << PAGE_SHIFT)
#define virt_to_page(x)	 pfn_to_page(virt_to_pfn(x))
#define page_to_virt(pg) pfn_to_virt(page_to_pfn(pg))
#define page_to_phys(pg) ((phys_addr_t)page_to_pfn(pg) << PAGE_SHIFT)
#define phys_to_page(pa) pfn_to_page((unsigned long)(pa) >> PAGE_SHIFT)

static inline int pfn_valid(unsigned long pfn)
{
	return pfn >= linux_shim_ram_start >> PAGE_SHIFT && pfn < linux_shim_ram_end >> PAGE_SHIFT;
}
#define pfn_valid	   pfn_valid
#define virt_addr_valid(x) pfn_valid(virt_to_pfn(x))

#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_TSK_EXEC

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>

#endif /* __ASSEMBLY__ */
#endif
