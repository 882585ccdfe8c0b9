// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores of the image as the hardware is told of them.
 *   "store 8 1>2"        doubleword 8 of the driver's frame changed from 1 to 2
 *   "pte 200000/2 0>3"   descriptor of 0x200000 at level 2; its low 12 bits before and after
 */
#include "fake_image.h"

enum { TABLE = 3, PAGE = 3 };

static struct linux_stores stores;
static struct world *world;
static uint64_t driver_frame;
static size_t used;
static char text[512];

__attribute__((format(printf, 1, 2))) static void record(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, fmt, args);
	va_end(args);
	assert_true(used < sizeof(text));
}

static void on_store(void *ctx, uint64_t pa, uint64_t old_value, uint64_t new_value)
{
	(void)ctx;
	assert_int_equal(ram_load(pa), new_value);
	record("store %llu %llx>%llx; ", (unsigned long long)(pa - driver_frame),
	       (unsigned long long)old_value, (unsigned long long)new_value);
}

static void on_pte(void *ctx, uint64_t root, uint64_t va, unsigned level, uint64_t old_desc,
		   uint64_t new_desc)
{
	(void)ctx;
	assert_int_not_equal(root, 0);
	record("pte %llx/%u %llx>%llx; ", (unsigned long long)va, level,
	       (unsigned long long)(old_desc & 0xfff), (unsigned long long)(new_desc & 0xfff));
}

static void start(void)
{
	world = fresh_world();
	world->port[0].store = on_store;
	world->port[0].pte = on_pte;
	driver_frame = ram_alloc(&world->ram, FRAME_DRIVER, 1);
	linux_stores_reset(&stores, world);
	used = 0;
	text[0] = '\0';
}

static void put(uint64_t pa, uint64_t value)
{
	linux_stores_announce(&stores, pa, 8);
	*(uint64_t *)(uintptr_t)pa = value;
}

/* What was told since the last call. */
static const char *told(void)
{
	static char last[sizeof(text)];

	linux_stores_flush(&stores);
	memcpy(last, text, sizeof(text));
	used = 0;
	text[0] = '\0';
	return last;
}

static void every_store_is_told_once_it_has_happened(void **state)
{
	(void)state;
	start();
	put(driver_frame + 8, 1);
	assert_string_equal(text, "");
	put(driver_frame + 8, 2);
	put(driver_frame + 8, 2);
	put(driver_frame + 8, 0);
	assert_string_equal(told(), "store 8 0>1; store 8 1>2; store 8 2>0; ");
}

static void stores_of_any_size_are_doublewords(void **state)
{
	uint32_t *half;

	(void)state;
	start();
	half = (uint32_t *)(uintptr_t)(driver_frame + 4);
	linux_stores_announce(&stores, driver_frame + 4, 4);
	*half = 1;
	assert_string_equal(told(), "store 0 0>100000000; ");
	linux_stores_announce(&stores, driver_frame + 12, 16);
	memset((void *)(uintptr_t)(driver_frame + 12), 0x11, 16);
	assert_string_equal(told(), "store 8 0>1111111100000000; store 16 0>1111111111111111; "
				    "store 24 0>11111111; ");
}

static void the_command_queue_is_no_structure(void **state)
{
	(void)state;
	start();
	linux_stores_mmio(&stores, 0, 0x90, driver_frame | 1ull << 62 | 4);
	put(driver_frame + 248, 1);
	put(driver_frame + 256, 1);
	assert_string_equal(told(), "store 256 0>1; ");
	/* Each SMMU has one. */
	linux_stores_mmio(&stores, 1, 0x90, (driver_frame + 1024) | 1ull << 62 | 4);
	put(driver_frame + 1024, 1);
	put(driver_frame + 240, 1);
	put(driver_frame + 512, 1);
	assert_string_equal(told(), "store 512 0>1; ");
}

static void other_memory_is_not_stored_to(void **state)
{
	uint64_t data;

	(void)state;
	start();
	data = ram_alloc(&world->ram, FRAME_DATA, 1);
	assert_fails(world, WORLD_FAIL_BUG, linux_stores_announce(&stores, data, 8));
	assert_fails(world, WORLD_FAIL_BUG,
		     linux_stores_announce(&stores, data + WORLD_FRAME_SIZE, 8));
}

/* root -> level1 -> level2, the last with a block in it. */
static void tables_are_known_once_they_are_linked(void **state)
{
	uint64_t root, level1, level2;

	(void)state;
	start();
	root = ram_alloc(&world->ram, FRAME_TABLE, 1);
	level1 = ram_alloc(&world->ram, FRAME_TABLE, 1);
	level2 = ram_alloc(&world->ram, FRAME_TABLE, 1);
	put(level2 + 8, 0x40000001);
	put(level1 + 16, level2 | TABLE);
	assert_string_equal(told(), "");
	linux_stores_root(&stores, root);
	put(root, level1 | TABLE);
	assert_string_equal(told(), "pte 0/0 0>3; pte 80000000/1 0>3; pte 80200000/2 0>1; ");
	put(level2 + 8, 0);
	assert_string_equal(told(), "pte 80200000/2 1>0; ");
	put(level1 + 16, 0);
	put(level2 + 8, 1);
	assert_string_equal(told(), "pte 80000000/1 3>0; ");
	/* A page has no table below, whatever is at its address. */
	put(level2 + 8, 0);
	put(level1 + 16, level2 | TABLE);
	put(level2, driver_frame | PAGE);
	assert_string_equal(told(), "pte 80000000/1 0>3; pte 80000000/2 0>3; ");
}

static void freed_tables_are_forgotten(void **state)
{
	uint64_t root, level1;

	(void)state;
	start();
	root = ram_alloc(&world->ram, FRAME_TABLE, 1);
	level1 = ram_alloc(&world->ram, FRAME_TABLE, 1);
	linux_stores_root(&stores, root);
	put(root + 8, level1 | TABLE);
	told();
	linux_stores_freed(&stores, level1, 1);
	put(level1, 1);
	assert_string_equal(told(), "");
	linux_stores_reset(&stores, world);
	put(root, 1);
	assert_string_equal(told(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_store_is_told_once_it_has_happened),
		cmocka_unit_test(stores_of_any_size_are_doublewords),
		cmocka_unit_test(the_command_queue_is_no_structure),
		cmocka_unit_test(other_memory_is_not_stored_to),
		cmocka_unit_test(tables_are_known_once_they_are_linked),
		cmocka_unit_test(freed_tables_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
