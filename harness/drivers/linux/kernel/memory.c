// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory: kmalloc() and slab caches are objects of the host, pages are frames of the RAM
 * that hardware sees. Only the host knows what is allocated; here are the rules of the kernel's
 * names. A struct page is a token for its frame and holds nothing.
 */
#include "shim.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmstat.h>

/* 6.12 calls the functions behind alloc_hooks() so; 6.1 has the plain names. */
#if LINUX_SHIM_VERSION < 612
#define __kmalloc_noprof		   __kmalloc
#define __kmalloc_cache_noprof		   kmalloc_trace
#define __kmalloc_large_noprof		   kmalloc_large
#define __kmalloc_node_noprof		   __kmalloc_node
#define __kmalloc_node_track_caller_noprof __kmalloc_node_track_caller
#define krealloc_noprof			   krealloc
#define kmemdup_noprof			   kmemdup
#define kmem_cache_alloc_noprof		   kmem_cache_alloc
#define kmem_cache_alloc_lru_noprof	   kmem_cache_alloc_lru
#define __alloc_pages_noprof		   __alloc_pages
#define get_free_pages_noprof		   __get_free_pages
#define get_zeroed_page_noprof		   get_zeroed_page
#define DECL_BUCKET_PARAMS(size, bucket)   size_t size
#endif

/* What fills memory that was not asked to be zero, as SLUB's POISON_INUSE. */
enum { POISON_BYTE = 0x5a };

static const struct linux_host no_host;
const struct linux_host *shim_host = &no_host;

unsigned long linux_shim_ram_start, linux_shim_ram_end;
struct page *linux_shim_vmemmap;

/* What the page allocator of the kernel defines; statistics that nobody reads. */
struct pglist_data contig_page_data;
atomic_long_t vm_node_stat[NR_VM_NODE_STAT_ITEMS];
atomic_long_t vm_zone_stat[NR_VM_ZONE_STAT_ITEMS];

void shim_boot_host(const struct linux_host *host, void *pages)
{
	shim_host = host;
	linux_shim_ram_start = host->ram_base;
	linux_shim_ram_end = host->ram_base + host->ram_size;
	linux_shim_vmemmap = (struct page *)pages - (host->ram_base >> PAGE_SHIFT);
}

/* Objects. */

static void *alloc_object(size_t size, gfp_t flags)
{
	if (gfpflags_allow_blocking(flags))
		shim_might_sleep();
	return shim_host->alloc(shim_host->ctx, size);
}

void *shim_alloc(size_t size, gfp_t flags)
{
	return alloc_object(size, flags);
}

void *__kmalloc_noprof(size_t size, gfp_t flags)
{
	void *object;

	if (!size)
		return ZERO_SIZE_PTR;
	object = alloc_object(size, flags);
	if (object && !(flags & __GFP_ZERO))
		memset(object, POISON_BYTE, size);
	return object;
}

void kfree(const void *object)
{
	if (!ZERO_OR_NULL_PTR(object))
		shim_host->free(shim_host->ctx, (void *)object);
}

void kvfree(const void *object)
{
	kfree(object);
}

size_t ksize(const void *object)
{
	if (ZERO_OR_NULL_PTR(object))
		return 0;
	return shim_host->alloc_size(shim_host->ctx, object);
}

/* Shrinks in place and otherwise always moves, so that a stale pointer shows. */
void *krealloc_noprof(const void *object, size_t size, gfp_t flags)
{
	size_t old_size = ksize(object);
	void *new_object;

	if (!size) {
		kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (size <= old_size)
		return (void *)object;
	new_object = __kmalloc_noprof(size, flags);
	if (!new_object || !old_size)
		return new_object;
	memcpy(new_object, object, old_size);
	kfree(object);
	return new_object;
}

void *__kmalloc_cache_noprof(struct kmem_cache *cache, gfp_t flags, size_t size)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_large_noprof(size_t size, gfp_t flags)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_node_noprof(DECL_BUCKET_PARAMS(size, bucket), gfp_t flags, int node)
{
	return __kmalloc_noprof(size, flags);
}

void *__kmalloc_node_track_caller_noprof(DECL_BUCKET_PARAMS(size, bucket), gfp_t flags, int node,
					 unsigned long caller)
{
	return __kmalloc_noprof(size, flags);
}

bool is_vmalloc_addr(const void *address)
{
	return false;
}

/* For reports of the kernel about an object: the sanitizer says more. */
bool kmem_dump_obj(void *object)
{
	return false;
}

/* Slab caches: a size and a constructor, which runs at each allocation. */

struct kmem_cache {
	size_t size;
	void (*ctor)(void *object);
};

#if LINUX_SHIM_VERSION < 612
struct kmem_cache *kmalloc_caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1];
#else
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];
#endif

static struct kmem_cache *cache_create(size_t size, void (*ctor)(void *object))
{
	struct kmem_cache *cache = shim_alloc(sizeof(*cache), GFP_KERNEL);

	if (!cache)
		return NULL;
	cache->size = size;
	cache->ctor = ctor;
	return cache;
}

#if LINUX_SHIM_VERSION < 612
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	return cache_create(size, ctor);
}
#else
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size,
					    struct kmem_cache_args *args, slab_flags_t flags)
{
	return cache_create(size, args ? args->ctor : NULL);
}
#endif

void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

void *kmem_cache_alloc_noprof(struct kmem_cache *cache, gfp_t flags)
{
	void *object = __kmalloc_noprof(cache->size, flags);

	if (object && cache->ctor)
		cache->ctor(object);
	return object;
}

void *kmem_cache_alloc_lru_noprof(struct kmem_cache *cache, struct list_lru *lru, gfp_t flags)
{
	return kmem_cache_alloc_noprof(cache, flags);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	kfree(object);
}

/* Pages. */

void *shim_alloc_frames(unsigned int order, enum linux_frames kind, gfp_t flags)
{
	if (gfpflags_allow_blocking(flags))
		shim_might_sleep();
	return shim_host->alloc_frames(shim_host->ctx, order, kind);
}

void shim_free_frames(void *address, unsigned int order)
{
	shim_host->free_frames(shim_host->ctx, address, order);
}

struct page *__alloc_pages_noprof(gfp_t flags, unsigned int order, int node, nodemask_t *nodes)
{
	void *address = shim_alloc_frames(order, LINUX_FRAMES_TABLE, flags);

	return address ? virt_to_page(address) : NULL;
}

unsigned long get_free_pages_noprof(gfp_t flags, unsigned int order)
{
	return (unsigned long)shim_alloc_frames(order, LINUX_FRAMES_TABLE, flags);
}

unsigned long get_zeroed_page_noprof(gfp_t flags)
{
	return get_free_pages_noprof(flags, 0);
}

void free_pages(unsigned long address, unsigned int order)
{
	if (address)
		shim_free_frames((void *)address, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	shim_free_frames(page_address(page), order);
}

/* Copies, as mm/util.c. */

void *kmemdup_noprof(const void *source, size_t size, gfp_t flags)
{
	void *copy = __kmalloc_noprof(size, flags);

	if (copy)
		memcpy(copy, source, size);
	return copy;
}

char *kstrdup(const char *string, gfp_t flags)
{
	return string ? kmemdup_noprof(string, strlen(string) + 1, flags) : NULL;
}

/* The image has no .rodata of its own to compare with: all strings are copied. */
const char *kstrdup_const(const char *string, gfp_t flags)
{
	return kstrdup(string, flags);
}

void kfree_const(const void *string)
{
	kfree(string);
}
