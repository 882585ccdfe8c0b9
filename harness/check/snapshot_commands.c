/* SPDX-License-Identifier: MIT */
/* Commands (chapter 4) as text, and the log of those that SMMUs took since the last snapshot. */
#include "../../models/smmuv3/regs.h"
#include "check_state.h"
#include "../base/text.h"

#include <string.h>

/* What a command says after its name, in this order. */
enum {
	SAYS_SID = 1,
	SAYS_SSID = 2,	    /* an index (4.3.3) */
	SAYS_SUBSTREAM = 4, /* with SSV alone */
	SAYS_VMID = 8,	    /* when it is not 0 */
	SAYS_ASID = 16,
	SAYS_ADDRESS = 32,   /* of a TLBI, with range and level (4.4.1.1) */
	SAYS_ATC_RANGE = 64, /* 4.5.1 */
	SAYS_LEAF = 128,
	SAYS_RANGE = 256,   /* of StreamIDs (4.3.2) */
	SAYS_GROUP = 512,   /* 4.5.2 */
	SAYS_ANSWER = 1024, /* 4.7.1 */
	SAYS_SIGNAL = 2048, /* 4.7.3 */
	SAYS_PAGE = 4096,   /* 4.2.2 */
};

static const struct {
	uint8_t opcode;
	uint16_t says;
	const char *name;
} commands[] = {
	{SMMU_CMD_PREFETCH_CONFIG, SAYS_SID | SAYS_SUBSTREAM, "PREFETCH_CONFIG"},
	{SMMU_CMD_PREFETCH_ADDR, SAYS_SID | SAYS_SUBSTREAM | SAYS_PAGE, "PREFETCH_ADDR"},
	{SMMU_CMD_CFGI_STE, SAYS_SID | SAYS_LEAF, "CFGI_STE"},
	{SMMU_CMD_CFGI_STE_RANGE, SAYS_SID | SAYS_RANGE, "CFGI_STE_RANGE"},
	{SMMU_CMD_CFGI_CD, SAYS_SID | SAYS_SSID | SAYS_LEAF, "CFGI_CD"},
	{SMMU_CMD_CFGI_CD_ALL, SAYS_SID, "CFGI_CD_ALL"},
	{SMMU_CMD_TLBI_NH_ALL, SAYS_VMID, "TLBI_NH_ALL"},
	{SMMU_CMD_TLBI_NH_ASID, SAYS_VMID | SAYS_ASID, "TLBI_NH_ASID"},
	{SMMU_CMD_TLBI_NH_VA, SAYS_VMID | SAYS_ASID | SAYS_ADDRESS | SAYS_LEAF, "TLBI_NH_VA"},
	{SMMU_CMD_TLBI_NH_VAA, SAYS_VMID | SAYS_ADDRESS | SAYS_LEAF, "TLBI_NH_VAA"},
	{SMMU_CMD_TLBI_EL2_ALL, 0, "TLBI_EL2_ALL"},
	{SMMU_CMD_TLBI_EL2_ASID, SAYS_ASID, "TLBI_EL2_ASID"},
	{SMMU_CMD_TLBI_EL2_VA, SAYS_ASID | SAYS_ADDRESS | SAYS_LEAF, "TLBI_EL2_VA"},
	{SMMU_CMD_TLBI_EL2_VAA, SAYS_ADDRESS | SAYS_LEAF, "TLBI_EL2_VAA"},
	{SMMU_CMD_TLBI_S12_VMALL, SAYS_VMID, "TLBI_S12_VMALL"},
	{SMMU_CMD_TLBI_S2_IPA, SAYS_VMID | SAYS_ADDRESS | SAYS_LEAF, "TLBI_S2_IPA"},
	{SMMU_CMD_TLBI_NSNH_ALL, 0, "TLBI_NSNH_ALL"},
	{SMMU_CMD_ATC_INV, SAYS_SID | SAYS_SUBSTREAM | SAYS_ATC_RANGE, "ATC_INV"},
	{SMMU_CMD_PRI_RESP, SAYS_SID | SAYS_SUBSTREAM | SAYS_GROUP, "PRI_RESP"},
	{SMMU_CMD_RESUME, SAYS_SID | SAYS_ANSWER, "RESUME"},
	{SMMU_CMD_STALL_TERM, SAYS_SID, "STALL_TERM"},
	{SMMU_CMD_SYNC, SAYS_SIGNAL, "SYNC"},
};

static void put_address(struct text *out, const uint64_t word[2])
{
	unsigned tg = (unsigned)smmu_get(word[1], SMMU_CMD1_TG);
	unsigned ttl = (unsigned)smmu_get(word[1], SMMU_CMD1_TTL);

	unsigned long long pages = smmu_get(word[0], SMMU_CMD0_NUM) + 1;

	pages <<= smmu_get(word[0], SMMU_CMD0_SCALE);
	text_put(out, " %#llx", (unsigned long long)(word[1] & SMMU_CMD1_ADDR));
	if (tg != SMMU_CMD1_TG_ANY)
		text_put(out, " pages=%llu", pages);
	if (ttl)
		text_put(out, " ttl=%u", ttl);
}

static void put_atc_range(struct text *out, const uint64_t word[2])
{
	unsigned size = (unsigned)smmu_get(word[1], SMMU_CMD1_SIZE);

	if (word[0] & SMMU_CMD0_SSV && word[0] & SMMU_CMD0_GLOBAL)
		text_put(out, " global");
	if (size >= SMMU_CMD1_SIZE_ALL)
		text_put(out, " all");
	else
		text_put(out, " %#llx", (unsigned long long)(word[1] & SMMU_CMD1_ADDR));
	if (size && size < SMMU_CMD1_SIZE_ALL)
		text_put(out, " pages=%llu", 1ull << size);
}

static void put_stream(struct text *out, unsigned says, const uint64_t word[2])
{
	if (says & SAYS_SID)
		text_put(out, " sid=%#llx", (unsigned long long)smmu_get(word[0], SMMU_CMD0_SID));
	if (says & SAYS_SSID || (says & SAYS_SUBSTREAM && word[0] & SMMU_CMD0_SSV))
		text_put(out, " ssid=%llu", (unsigned long long)smmu_get(word[0], SMMU_CMD0_SSID));
	if (says & SAYS_RANGE)
		text_put(out, " range=%llu",
			 (unsigned long long)smmu_get(word[1], SMMU_CMD1_RANGE));
}

static void put_answer(struct text *out, const uint64_t word[2])
{
	text_put(out, " stag=%llu %s", (unsigned long long)smmu_get(word[1], SMMU_RESUME1_STAG),
		 word[0] & SMMU_RESUME0_RETRY ? "retry" : "terminate");
}

static void put_operands(struct text *out, unsigned says, const uint64_t word[2])
{
	static const char *const signal[] = {"", " irq", " event", " reserved"};

	put_stream(out, says, word);
	if (says & SAYS_VMID && smmu_get(word[0], SMMU_CMD0_VMID))
		text_put(out, " vmid=%llu", (unsigned long long)smmu_get(word[0], SMMU_CMD0_VMID));
	if (says & SAYS_ASID)
		text_put(out, " asid=%llu", (unsigned long long)smmu_get(word[0], SMMU_CMD0_ASID));
	if (says & SAYS_ADDRESS)
		put_address(out, word);
	if (says & SAYS_PAGE)
		text_put(out, " %#llx", (unsigned long long)(word[1] & SMMU_CMD1_ADDR));
	if (says & SAYS_ATC_RANGE)
		put_atc_range(out, word);
	if (says & SAYS_LEAF && word[1] & SMMU_CMD1_LEAF)
		text_put(out, " leaf");
	if (says & SAYS_GROUP)
		text_put(out, " prg=%llu resp=%llu",
			 (unsigned long long)smmu_get(word[1], SMMU_PRI1_PRG),
			 (unsigned long long)smmu_get(word[1], SMMU_PRI1_RESP));
	if (says & SAYS_ANSWER)
		put_answer(out, word);
	if (says & SAYS_SIGNAL)
		text_put(out, "%s", signal[smmu_get(word[0], SMMU_SYNC0_CS)]);
}

size_t snapshot_command_text(const uint64_t word[2], char *buffer, size_t size)
{
	uint8_t opcode = (uint8_t)smmu_get(word[0], SMMU_CMD0_OPCODE);
	struct text out = {.at = buffer, .size = size};

	/* 4.3.6: CMD_CFGI_ALL is a range of all StreamIDs. */
	if (opcode == SMMU_CMD_CFGI_STE_RANGE &&
	    smmu_get(word[1], SMMU_CMD1_RANGE) == SMMU_CMD1_RANGE_ALL) {
		text_put(&out, "CFGI_ALL");
		return out.used;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].opcode != opcode)
			continue;
		text_put(&out, "%s", commands[i].name);
		put_operands(&out, commands[i].says, word);
		return out.used;
	}
	text_put(&out, "opcode %#x", opcode);
	return out.used;
}

void snapshot_log_command(void *ctx, unsigned smmu, const uint64_t word[2], bool accepted)
{
	struct check *c = ctx;
	struct command_log *log = &c->log;

	if (log->num_commands == SNAPSHOT_MAX_COMMANDS) {
		log->commands_lost++;
		return;
	}
	log->command[log->num_commands++] = (struct logged_command){
		.word = {word[0], word[1]}, .smmu = (uint8_t)smmu, .accepted = accepted};
}

void snapshot_commands(const struct check *c, struct snapshot *snapshot)
{
	const struct command_log *log = &c->log;

	snapshot->num_commands = log->num_commands;
	snapshot->commands_lost = log->commands_lost;
	for (unsigned i = 0; i < log->num_commands; i++) {
		const struct logged_command *command = &log->command[i];
		struct text out = {.at = snapshot->command[i], .size = SNAPSHOT_TEXT};

		if (c->num_smmus > 1)
			text_put(&out, "smmu%u: ", command->smmu);
		out.used += snapshot_command_text(command->word, out.at + out.used,
						  out.size - out.used);
		if (!command->accepted)
			text_put(&out, " (refused)");
	}
}
