/* SPDX-License-Identifier: MIT */
/*
 * Contract: the model meets the world's memory, streams and stalls: streams have the world's
 * numbers, ATS is of all streams of an endpoint, messages are four bytes of RAM, VMs have memory as well.
 * Run: the program itself; exit status 0 means that all tests passed.
 */
#include "../emulated.h"

#include "../../../../models/smmuv3/smmu_state.h"
#include "../../../world/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct world *fresh_world(void)
{
	struct error error = {0};
	struct world *world = world_get(&error);

	if (!world)
		fail_msg("%s", error.text);
	world_reset(world);
	return world;
}

static struct smmu *reset_number(struct world *world, unsigned number)
{
	static const struct smmu_profile profile = {
		.sid_bits = 9,
		.ssid_bits = 4,
		.cmdq_bits = 6,
		.evtq_bits = 6,
		.asid_bits = 16,
		.oas_bits = 44,
		.ats = true,
		.cache = SMMU_CACHE_EXACT,
	};
	struct smmu_socket *socket = emulated_smmu(number);

	socket->ops->reset(socket, world, &profile);
	return socket->ops->model(socket);
}

static struct smmu *reset(struct world *world)
{
	return reset_number(world, 0);
}

static void streams_have_the_numbers_of_the_world(void **state)
{
	struct world *world = fresh_world();
	struct smmu *smmu;

	(void)state;
	world_add_endpoint(world, 8, 4, true, 0);
	world_endpoint_add_stream(world, 0, 0x108);
	world_add_endpoint(world, 16, 2, false, 1);
	world_endpoint_add_stream(world, 1, 0x110);
	smmu = reset(world);
	assert_int_equal(smmu->worst.num_streams, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(smmu->worst.stream[i].sid, world_stream_id(world, i));
		assert_int_equal(smmu->worst.stream[i].ssid_bits,
				 world->endpoint[world_stream_device(world, i)].pasid_bits);
	}
	assert_int_equal(smmu->worst.stream[2].sid, 0x108);
}

static void ats_enable_is_of_all_streams_of_an_endpoint(void **state)
{
	struct world *world = fresh_world();
	struct smmu *smmu;

	(void)state;
	world_add_endpoint(world, 8, 4, true, 0);
	world_add_endpoint(world, 16, 4, true, 1);
	world_endpoint_add_stream(world, 1, 0x110);
	smmu = reset(world);
	assert_int_equal(world_pci_enable_ats(world, 1), 0);
	assert_false(smmu->worst.stream[0].ats_on);
	assert_true(smmu->worst.stream[1].ats_on && smmu->worst.stream[2].ats_on);
	world_pci_disable_ats(world, 1);
	assert_false(smmu->worst.stream[1].ats_on || smmu->worst.stream[2].ats_on);
}

static void streams_and_interrupts_are_of_the_smmu_in_front(void **state)
{
	struct world *world = fresh_world();
	struct smmu *first, *second;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		world_add_endpoint(world, (uint16_t)(8 * (i + 1)), (uint8_t)(i + 1), true, i);
	world_endpoint_add_stream(world, 1, 0x110);
	world_endpoint_set_smmu(world, 1, 1);
	first = reset(world);
	second = reset_number(world, 1);
	assert_int_equal(first->worst.num_streams, 2);
	assert_int_equal(first->worst.stream[1].sid, 24);
	assert_int_equal(second->worst.num_streams, 2);
	assert_int_equal(second->worst.stream[0].sid, 16);
	assert_int_equal(second->worst.stream[1].sid, 0x110);
	assert_int_equal(second->worst.stream[1].ssid_bits, 2);
	assert_int_equal(world_pci_enable_ats(world, 1), 0);
	assert_int_equal(world_pci_enable_ats(world, 2), 0);
	assert_true(second->worst.stream[0].ats_on && second->worst.stream[1].ats_on);
	assert_true(!first->worst.stream[0].ats_on && first->worst.stream[1].ats_on);
	second->bus.irq(second->bus.ctx, SMMU_IRQ_GERROR);
	assert_int_equal(world->irq_pending, 1 << (WORLD_SMMU_IRQS + SMMU_IRQ_GERROR));
	assert_null(emulated_smmu(WORLD_MAX_SMMUS));
}

static void a_message_is_four_bytes_of_ram(void **state)
{
	struct world *world = fresh_world();
	const struct smmu_bus *bus = &reset(world)->bus;
	uint64_t pa = world_dma_alloc(world, 1);

	(void)state;
	ram_store(pa, 0x1111111122222222);
	assert_true(bus->write32(bus->ctx, pa + 4, 0xabcdef01));
	assert_true(ram_load(pa) == 0xabcdef0122222222);
	assert_true(bus->write32(bus->ctx, pa, 7));
	assert_true(ram_load(pa) == 0xabcdef0100000007);
	world_dma_free(world, pa, 1);
	assert_false(bus->write32(bus->ctx, pa, 7));
	assert_false(bus->write32(bus->ctx, 0x1000, 7));
}

static void memory_of_vms_is_memory(void **state)
{
	struct world *world = fresh_world();
	uint64_t pa = world_guest_alloc(world, 1, 1), value = 0;
	const struct smmu_bus *bus;

	(void)state;
	world_add_endpoint(world, 8, 4, true, 0);
	bus = &reset(world)->bus;
	assert_true(bus->write64(bus->ctx, pa + 8, 77));
	assert_true(bus->read64(bus->ctx, pa + 8, &value));
	assert_int_equal(value, 77);
	assert_ptr_equal(bus->page(bus->ctx, pa), (void *)(uintptr_t)pa);
	/* What is not in use answers no more than on the host, nor does an IPA. */
	assert_false(bus->read64(bus->ctx, pa + WORLD_FRAME_SIZE, &value));
	assert_false(bus->read64(bus->ctx, world_bus_address(pa), &value));
	world_vm_stop(world, 1);
	assert_null(bus->page(bus->ctx, pa));
}

static void what_has_not_stalled_has_no_answer(void **state)
{
	struct world *world = fresh_world();

	(void)state;
	world_add_endpoint(world, 8, 4, false, 0);
	reset(world);
	assert_int_equal(world->port[0].stall_take(world->port[0].ctx, 8, 0), SMMU_STALL_WAITING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_have_the_numbers_of_the_world),
		cmocka_unit_test(ats_enable_is_of_all_streams_of_an_endpoint),
		cmocka_unit_test(streams_and_interrupts_are_of_the_smmu_in_front),
		cmocka_unit_test(a_message_is_four_bytes_of_ram),
		cmocka_unit_test(memory_of_vms_is_memory),
		cmocka_unit_test(what_has_not_stalled_has_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
