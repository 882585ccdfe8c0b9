/* SPDX-License-Identifier: MIT */
/*
 * VMs as domains (B-8): a VMID and a stage-2 tree of the host's, a PASID table of the guest's for each
 * function. The tree maps the VM's memory by one block and never changes while the VM is there.
 */
#include "iomm.h"

enum {
	FRAME = WORLD_FRAME_SIZE,
	LEVEL1_SHIFT = 30,
	LEVEL2_SHIFT = 21,
	TABLE_MASK = FRAME / 8 - 1,
};

/* Every change of a descriptor is told, as of every tree that hardware may walk. */
static void set_desc(struct iomm_driver *drv, const struct iomm_vm *vm, uint64_t ipa,
		     unsigned level, uint64_t desc)
{
	uint64_t table = level == 1 ? vm->root : vm->level2;
	unsigned shift = level == 1 ? LEVEL1_SHIFT : LEVEL2_SHIFT;
	uint64_t pa = table + 8 * (ipa >> shift & TABLE_MASK), old = ram_load(pa);

	ram_store(pa, desc);
	world_tell_pte(drv->world, vm->root, ipa, level, old, desc);
}

static void map_block(struct iomm_driver *drv, const struct iomm_vm *vm, uint64_t ipa, uint64_t pa)
{
	set_desc(drv, vm, ipa, 2,
		 pa | HW_S2_BLOCK | HW_S2_MEMATTR_WB | HW_S2_READ | HW_S2_WRITE | HW_S2_SH_INNER |
			 HW_S2_AF);
}

/* A mistake: a VM has one block, and this one starts with memory of the host. */
static void map_second_block(struct iomm_driver *drv, const struct iomm_vm *vm)
{
	map_block(drv, vm, WORLD_VM_IPA + 7 * WORLD_VM_SIZE, WORLD_RAM_BASE);
}

static void map_memory(struct iomm_driver *drv, const struct iomm_vm *vm, uint64_t pa)
{
	set_desc(drv, vm, WORLD_VM_IPA, 1, vm->level2 | HW_S2_TABLE);
	map_block(drv, vm, WORLD_VM_IPA, pa);
	if (IOMM_FAULT(drv, vm_stage2_maps_more))
		map_second_block(drv, vm);
}

static void unmap_memory(struct iomm_driver *drv, const struct iomm_vm *vm)
{
	set_desc(drv, vm, WORLD_VM_IPA, 2, 0);
	set_desc(drv, vm, WORLD_VM_IPA, 1, 0);
}

static void free_tables(struct iomm_driver *drv, struct iomm_vm *vm)
{
	if (vm->level2)
		world_dma_free(drv->world, vm->level2, 1);
	if (vm->root)
		world_dma_free(drv->world, vm->root, 1);
	*vm = (struct iomm_vm){0};
}

static int alloc_vmid(struct iomm_driver *drv)
{
	int vmid;

	world_spin_lock(drv->world, &drv->sva_lock);
	vmid = iomm_id_alloc(&drv->vmids, IOMM_HOST_VMID + 1, IOMM_MAX_IDS - 1);
	if (vmid > IOMM_HOST_VMID + 1 && IOMM_FAULT(drv, vms_share_vmid)) {
		iomm_id_free(&drv->vmids, (unsigned)vmid);
		vmid = IOMM_HOST_VMID + 1;
	}
	world_spin_unlock(drv->world, &drv->sva_lock);
	return vmid;
}

int iomm_vm_create(struct driver *driver, unsigned vm)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_vm *guest = &drv->vm[vm];
	int vmid;

	WORLD_BUG_ON(drv->world, guest->used);
	/* 3.4: IPAs have at most the bits of the OAS. */
	if (!(drv->idr0 & HW_IDR0_S2P) || drv->oas < HW_OAS_40)
		return -ENODEV;
	*guest = (struct iomm_vm){0};
	guest->root = world_dma_alloc(drv->world, 1);
	if (guest->root)
		guest->level2 = world_dma_alloc(drv->world, 1);
	vmid = guest->level2 ? alloc_vmid(drv) : -1;
	if (vmid < 0) {
		free_tables(drv, guest);
		return -ENOMEM;
	}
	guest->vmid = (uint16_t)vmid;
	guest->used = true;
	map_memory(drv, guest, world_vm_base(vm));
	return 0;
}

void iomm_vm_destroy(struct driver *driver, unsigned vm)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_vm *guest = &drv->vm[vm];
	unsigned vmid = guest->vmid;

	if (!guest->used)
		return;
	for (unsigned i = 0; i < IOMM_MAX_DEVICES; i++)
		WORLD_BUG_ON(drv->world, drv->device[i].vm == vm);
	unmap_memory(drv, guest);
	/* D-5, D-6: no stream leads here any more; both stages of the VMID go before it is reused. */
	if (!IOMM_FAULT(drv, vm_destroy_skips_tlbi)) {
		iomm_cmdq_add(drv, hw_cmd_tlbi_vmall(guest->vmid));
		iomm_cmdq_sync(drv);
	}
	free_tables(drv, guest);
	world_spin_lock(drv->world, &drv->sva_lock);
	if (!IOMM_FAULT(drv, vm_destroy_keeps_vmid))
		iomm_id_free(&drv->vmids, vmid);
	world_spin_unlock(drv->world, &drv->sva_lock);
}

int iomm_vm_attach(struct driver *driver, unsigned device, unsigned vm)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error = 0;

	if (!dev || !drv->vm[vm].used)
		return -ENODEV;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	if (iomm_group_size(drv, dev->group) != 1) {
		error = -EINVAL;
	} else {
		iomm_device_leave(drv, device);
		iomm_device_join(drv, device, WORLD_NONE, vm);
	}
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}

void iomm_vm_detach(struct driver *driver, unsigned device)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);

	if (!dev)
		return;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	if (dev->vm != WORLD_NONE)
		iomm_device_leave(drv, device);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
}

/*
 * The guest cannot do it: it has no function to name any more. What other functions of the VM have in
 * the TLB goes along and comes back (4.4.2.1). D-3: after the STE's invalidation, D-2: complete here.
 */
void iomm_vm_forget_stage1(struct iomm_driver *drv, const struct iomm_device *dev)
{
	if (!dev->guest_bits || IOMM_FAULT(drv, vm_leave_skips_tlbi))
		return;
	iomm_cmdq_add(drv, hw_cmd_tlbi_all(drv->vm[dev->vm].vmid));
	iomm_cmdq_sync(drv);
}

/*
 * Config, S1DSS and S1CDMax are in different words, so the STE goes through abort (3.21.3.1). S1DSS and
 * S1CDMax affect what ATS completions say, so that endpoints forget it all (3.9.2).
 */
static void change_table(struct iomm_driver *drv, unsigned device, uint64_t ipa, unsigned bits)
{
	struct iomm_device *dev = &drv->device[device];

	world_spin_lock(drv->world, &drv->sva_lock);
	iomm_ste_abort(drv, device);
	iomm_vm_forget_stage1(drv, dev);
	if (dev->ats_on) {
		iomm_atc_all(drv, dev);
		iomm_cmdq_sync(drv);
	}
	dev->guest_table = ipa;
	dev->guest_bits = (uint8_t)bits;
	iomm_ste_install(drv, device, dev->ats_on);
	if (IOMM_FAULT(drv, vm_maps_in_use))
		map_second_block(drv, &drv->vm[dev->vm]);
	world_spin_unlock(drv->world, &drv->sva_lock);
}

/* 5.2 S1CDMax, S1ContextPtr: aligned to the table's size, inside of what stage 2 takes. */
static bool is_table(const struct iomm_driver *drv, uint64_t ipa, unsigned bits)
{
	if (!bits)
		return true;
	if (bits > drv->ssid_bits || ipa & (((uint64_t)HW_CD_SIZE << bits) - 1))
		return false;
	return ipa >> IOMM_IPA_BITS == 0;
}

int iomm_vm_set_table(struct driver *driver, unsigned device, uint64_t ipa, unsigned bits)
{
	struct iomm_driver *drv = iomm_of(driver);
	struct iomm_device *dev = iomm_device_of(drv, device);
	int error = 0;

	if (!dev)
		return -ENODEV;
	if (!bits)
		ipa = 0;
	world_lock(drv->world, &drv->group_lock[dev->group]);
	if (dev->vm == WORLD_NONE || !is_table(drv, ipa, bits))
		error = -EINVAL;
	else if (dev->guest_table != ipa || dev->guest_bits != bits)
		change_table(drv, device, ipa, bits);
	world_unlock(drv->world, &drv->group_lock[dev->group]);
	return error;
}
