/* SPDX-License-Identifier: MIT */
/* The ops of a session: one function for each row of ops.def. */
#include "session_call.h"

/* EACH(M, a, b, ...) is M(a) M(b) ..., for one to six operands. */
#define PASTE_(a, b)			 a##b
#define PASTE(a, b)			 PASTE_(a, b)
#define COUNT_(a, b, c, d, e, f, n, ...) n
#define COUNT(...)			 COUNT_(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define EACH_1(M, a)			 M(a)
#define EACH_2(M, a, ...)		 M(a) EACH_1(M, __VA_ARGS__)
#define EACH_3(M, a, ...)		 M(a) EACH_2(M, __VA_ARGS__)
#define EACH_4(M, a, ...)		 M(a) EACH_3(M, __VA_ARGS__)
#define EACH_5(M, a, ...)		 M(a) EACH_4(M, __VA_ARGS__)
#define EACH_6(M, a, ...)		 M(a) EACH_5(M, __VA_ARGS__)
#define EACH(M, ...)			 PASTE(EACH_, COUNT(__VA_ARGS__))(M, __VA_ARGS__)

static void put(struct session_call *call, uint8_t *to, unsigned value)
{
	if (value > UINT8_MAX)
		call->bad = "a number above 255";
	*to = (uint8_t)value;
}

static void put_page(struct session_call *call, uint8_t *to, uint64_t va)
{
	int slot = trace_va_slot(va);

	if (slot < 0)
		call->bad = "an address that is no page of a window";
	*to = (uint8_t)slot;
}

static void put_domain(struct session_call *call, char letter)
{
	if (letter < 'A' || letter >= 'A' + TRACE_MAX_DOMAINS)
		call->bad = "a domain that is none of A to D";
	call->op.process = (uint8_t)(letter - 'A');
}

static void put_optional(struct session_call *call, struct session_pasid pasid)
{
	call->op.has_pasid = !pasid.none;
	put(call, &call->op.pasid, pasid.none ? 0 : pasid.number);
}

/* Always written: fields.def, PASID. */
static void put_pasid(struct session_call *call, struct session_pasid pasid)
{
	if (pasid.none)
		call->bad = "no PASID where one must be";
	put(call, &call->op.pasid, pasid.number);
}

/* clang-format off */
/* Each field of fields.def: the parameter, and where its value goes in a struct trace_op. */
#define PARAMETER_DEVICE    struct session_device device
#define PARAMETER_DOMAIN    struct session_domain domain
#define PARAMETER_PROCESS   struct session_process process
#define PARAMETER_CHILD     struct session_process child
#define PARAMETER_VA        uint64_t va
#define PARAMETER_TO        uint64_t to
#define PARAMETER_PAGES     unsigned pages
#define PARAMETER_PROT      enum session_rights rights
#define PARAMETER_RW        enum session_direction direction
#define PARAMETER_PASID     struct session_pasid pasid
#define PARAMETER_PASID_OPT struct session_pasid pasid
#define PARAMETER_FEATURES  unsigned features
#define PARAMETER_MIN       unsigned min
#define PARAMETER_MAX       unsigned max
#define PARAMETER_NOPASID   bool no_pasid_pointer
#define PARAMETER_OPCODE    unsigned opcode
#define PARAMETER_NTH       unsigned nth
#define PARAMETER_FEATURE   enum session_feature feature
#define PARAMETER_MDEV      struct session_mdev mdev
#define PARAMETER_VM        struct session_vm vm
#define PARAMETER_WRITTEN   struct session_pasid written

#define PUT_DEVICE    put(&call, &call.op.device, device.index);
#define PUT_DOMAIN    put_domain(&call, domain.letter);
#define PUT_PROCESS   put(&call, &call.op.process, process.index);
#define PUT_CHILD     put(&call, &call.op.child, child.index);
#define PUT_VA        put_page(&call, &call.op.slot, va);
#define PUT_TO        put_page(&call, &call.op.to, to);
#define PUT_PAGES     put(&call, &call.op.pages, pages);
#define PUT_PROT      put(&call, &call.op.prot, rights);
#define PUT_RW        put(&call, &call.op.prot, direction);
#define PUT_PASID     put_pasid(&call, pasid);
#define PUT_PASID_OPT put_optional(&call, pasid);
#define PUT_FEATURES  put(&call, &call.op.child, features);
#define PUT_MIN       put(&call, &call.op.pasid, min);
#define PUT_MAX       put(&call, &call.op.max, max);
#define PUT_NOPASID   call.op.has_pasid = no_pasid_pointer;
#define PUT_OPCODE    put(&call, &call.op.child, opcode);
#define PUT_NTH       put(&call, &call.op.pasid, nth);
#define PUT_FEATURE   put(&call, &call.op.prot, feature);
#define PUT_MDEV      put(&call, &call.op.device, mdev.index);
#define PUT_VM        put(&call, &call.op.max, vm.index);
#define PUT_WRITTEN   put_optional(&call, written);

/* Each op of ops.def: its function. */
#define NAME_INIT          session_init_with
#define NAME_SHUTDOWN      session_shutdown
#define NAME_ATTACH        session_attach
#define NAME_DETACH        session_detach
#define NAME_UNPLUG        session_unplug
#define NAME_MAP           session_map
#define NAME_UNMAP         session_unmap
#define NAME_BIND          session_bind_with
#define NAME_UNBIND        session_unbind
#define NAME_UNBIND_ALL    session_unbind_all
#define NAME_SPAWN         session_spawn
#define NAME_FORK          session_fork
#define NAME_THREAD        session_thread
#define NAME_CLONE_VM      session_clone_vm
#define NAME_EXEC          session_exec
#define NAME_EXIT          session_exit
#define NAME_EXIT_GROUP    session_exit_group
#define NAME_READ          session_read
#define NAME_WRITE         session_write
#define NAME_MMAP          session_mmap
#define NAME_MUNMAP        session_munmap
#define NAME_MPROTECT      session_mprotect
#define NAME_MREMAP        session_mremap
#define NAME_MIGRATE       session_migrate
#define NAME_SWAP_OUT      session_swap_out
#define NAME_DMA           session_dma
#define NAME_ATS           session_ats
#define NAME_TLBI          session_tlbi
#define NAME_CFGI          session_cfgi
#define NAME_ATC_INV       session_atc_inv
#define NAME_PREFETCH      session_prefetch
#define NAME_BAD_CMD       session_bad_command
#define NAME_FAIL_ALLOC    session_fail_alloc
#define NAME_PLUG          session_plug
#define NAME_VFS_OFF       session_vfs_off
#define NAME_VFS_ON        session_vfs_on
#define NAME_MDEV_BIND     session_mdev_bind
#define NAME_MDEV_UNBIND   session_mdev_unbind
#define NAME_MDEV_CLOSE    session_mdev_close
#define NAME_MDEV_MAP      session_mdev_map
#define NAME_MDEV_UNMAP    session_mdev_unmap
#define NAME_MDEV_ATTACH   session_mdev_attach
#define NAME_USER_BIND     session_user_bind
#define NAME_SUBMIT        session_submit
#define NAME_VM_START      session_vm_start
#define NAME_VM_DESTROY    session_vm_destroy
#define NAME_ASSIGN        session_assign
#define NAME_UNASSIGN      session_unassign
#define NAME_ASSIGN_MDEV   session_assign_mdev
#define NAME_UNASSIGN_MDEV session_unassign_mdev
#define NAME_GUEST_SPAWN   session_guest_spawn
#define NAME_GUEST_BIND    session_guest_bind
#define NAME_GUEST_UNBIND  session_guest_unbind
#define NAME_GUEST_INV     session_guest_inv
#define NAME_ENABLE        session_enable
#define NAME_DISABLE       session_disable
#define NAME_ATTACH_PASID  session_attach_pasid
#define NAME_DETACH_PASID  session_detach_pasid
#define NAME_CLAIM         session_claim
#define NAME_RELEASE       session_release
#define NAME_POWER_OFF     session_power_off
/* clang-format on */

#define NEXT_PARAMETER(field) , PARAMETER_##field
#define PUT(field)	      PUT_##field
#define PARAMETERS(...)	      EACH(NEXT_PARAMETER, __VA_ARGS__)
#define PUT_ALL(...)	      EACH(PUT, __VA_ARGS__)

#define OP(id, text, operands, weight, doc)                                                        \
	struct outcome NAME_##id(struct session *s PARAMETERS operands)                            \
	{                                                                                          \
		struct session_call call = {.op = {.code = TRACE_OP_##id}};                        \
                                                                                                   \
		PUT_ALL operands return session_run(s, &call);                                     \
	}
#include "../trace/ops.def"
#undef OP
