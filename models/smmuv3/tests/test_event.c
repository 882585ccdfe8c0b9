/* SPDX-License-Identifier: MIT */
/*
 * Contract: event records (7.3): each type has its fields at the architecture's places and zeros
 * elsewhere; decoding gives back what a type can carry. Run: ./test_event
 */
#include "bench.h"

/* Everything set, with values that differ from each other. */
static struct smmu_event full(uint8_t type)
{
	return (struct smmu_event){
		.type = type,
		.ssv = true,
		.ssid = 0xabcde,
		.sid = 0x12345678,
		.input_addr = 0xfedcba9876543210,
		.fetch_addr = 0x00c0ffee12345678,
		.ipa = 0x000bad0123456000,
		.rnw = true,
		.ind = true,
		.pnu = true,
		.s2 = true,
		.stall = true,
		.fault_class = SMMU_CLASS_IN,
		.stag = 0x5a5a,
		.reason = 0xbeef,
		.ttrnw = true,
		.span = 0xa5,
		.user = SMMU_RIGHT_R | SMMU_RIGHT_X,
		.priv = SMMU_RIGHT_R | SMMU_RIGHT_W,
	};
}

/* 7.3.2 to 7.3.20, word by word, written from the figures. */
static void every_layout_is_the_architectures(void **state)
{
	static const uint64_t sid = 0x1234567800000000;
	static const uint64_t substream = 0xabcde800; /* SubstreamID and SSV */
	static const uint64_t access = 0xe00000000;   /* PnU [97], InD [98], RnW [99] */
	static const uint64_t stage = 0x28000000000;  /* S2 [103], CLASS [105:104] = IN */
	static const uint64_t stall = 0x80005a5a;
	static const uint64_t in = 0xfedcba9876543210, fetch = 0x00c0ffee12345678;
	static const uint64_t ipa = 0x000bad0123456000;
	/* Span [115:108], pR pW pX [103:101], uR uW uX [99:97] */
	static const uint64_t hint = 0xa50ca00000000;
	static const struct {
		uint8_t type;
		uint64_t low, access, input, fetch;
		/* The last doubleword: FetchAddr or IPA. */
	} want[] = {
		{SMMU_F_UUT, substream, access | 0xbeef, in, 0},
		{SMMU_C_BAD_STREAMID, substream, 0, 0, 0},
		{SMMU_F_STE_FETCH, substream, 0xbeef, 0, fetch},
		{SMMU_C_BAD_STE, substream, 0, 0, 0},
		{SMMU_F_BAD_ATS_TREQ, substream, 0, in & ~0xfffull, 0},
		{SMMU_F_STREAM_DISABLED, 0, 0, 0, 0},
		{SMMU_F_TRANSL_FORBIDDEN, substream, 0x800000000, in, 0},
		{SMMU_C_BAD_SUBSTREAMID, 0xabcde000, 0, 0, 0},
		{SMMU_F_CD_FETCH, substream, 0xbeef, 0, fetch},
		{SMMU_C_BAD_CD, substream, 0, 0, 0},
		{SMMU_F_WALK_EABT, substream, access | stage | 0xbeef, in, fetch},
		{SMMU_F_TRANSLATION, substream, access | stage | stall, in, ipa},
		{SMMU_F_ADDR_SIZE, substream, access | stage | stall, in, ipa},
		{SMMU_F_ACCESS, substream, access | stage | stall, in, ipa},
		{SMMU_F_PERMISSION, substream, access | stage | stall, in, ipa},
		{SMMU_F_TLB_CONFLICT, substream, access | 0x8000000000 | 0xbeef, in, ipa},
		{SMMU_F_CFG_CONFLICT, substream, 0xbeef, 0, 0},
		{SMMU_E_PAGE_REQUEST, substream, hint, in & ~0xfffull, 0},
		{SMMU_F_VMS_FETCH, substream, 0xbeef, 0, fetch},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct smmu_event event = full(want[i].type);
		uint64_t record[4] = {~0ull, ~0ull, ~0ull, ~0ull};

		smmu_event_encode(&event, record);
		assert_int_equal(record[0], sid | want[i].low | want[i].type);
		assert_int_equal(record[1], want[i].access);
		assert_int_equal(record[2], want[i].input);
		assert_int_equal(record[3], want[i].fetch);
	}
}

#define ASSERT_NONE_OR_SAME(got, want, field)                                                      \
	assert_true(!((got).field) || ((got).field) == ((want).field))

static void assert_same(const struct smmu_event *one, const struct smmu_event *two)
{
	assert_int_equal(one->type, two->type);
	assert_int_equal(one->ssv, two->ssv);
	assert_int_equal(one->ssid, two->ssid);
	assert_int_equal(one->sid, two->sid);
	assert_int_equal(one->input_addr, two->input_addr);
	assert_int_equal(one->fetch_addr, two->fetch_addr);
	assert_int_equal(one->ipa, two->ipa);
	assert_int_equal(one->rnw, two->rnw);
	assert_int_equal(one->ind, two->ind);
	assert_int_equal(one->pnu, two->pnu);
	assert_int_equal(one->s2, two->s2);
	assert_int_equal(one->stall, two->stall);
	assert_int_equal(one->ttrnw, two->ttrnw);
	assert_int_equal(one->fault_class, two->fault_class);
	assert_int_equal(one->stag, two->stag);
	assert_int_equal(one->reason, two->reason);
	assert_int_equal(one->span, two->span);
	assert_int_equal(one->user, two->user);
	assert_int_equal(one->priv, two->priv);
}

/* Fields that a type does not have are 0, the others survive, whatever is in the record. */
static void decoding_an_encoded_event_gives_it_back(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		for (unsigned class = 0; class < 3; class ++) {
			struct smmu_event want = full((uint8_t)type), once, twice;
			uint64_t record[4];

			want.fault_class = (uint8_t) class;
			smmu_event_encode(&want, record);
			once = smmu_event_decode(record);
			ASSERT_NONE_OR_SAME(once, want, ssid);
			ASSERT_NONE_OR_SAME(once, want, input_addr >> 12);
			ASSERT_NONE_OR_SAME(once, want, fetch_addr);
			ASSERT_NONE_OR_SAME(once, want, ipa);
			ASSERT_NONE_OR_SAME(once, want, fault_class);
			ASSERT_NONE_OR_SAME(once, want, stag);
			ASSERT_NONE_OR_SAME(once, want, reason);
			ASSERT_NONE_OR_SAME(once, want, span);
			ASSERT_NONE_OR_SAME(once, want, user);
			ASSERT_NONE_OR_SAME(once, want, priv);
			smmu_event_encode(&once, record);
			twice = smmu_event_decode(record);
			assert_same(&once, &twice);
		}
	}
}

static void an_ipa_belongs_to_stage_2_alone(void **state)
{
	struct smmu_event event = full(SMMU_F_TRANSLATION);
	uint64_t record[4];

	(void)state;
	smmu_event_encode(&event, record);
	assert_int_equal(smmu_event_decode(record).ipa, event.ipa);
	event.s2 = false;
	smmu_event_encode(&event, record);
	assert_int_equal(record[3], 0);
	/* 7.3.13: UNKNOWN, whatever is in memory. */
	record[3] = ~0ull;
	assert_int_equal(smmu_event_decode(record).ipa, 0);
	/* Bits [55:52] are RES0 up to 52 bits, [11:0] are not there. */
	event.s2 = true;
	event.ipa = ~0ull;
	smmu_event_encode(&event, record);
	assert_int_equal(record[3], SMMU_MASK(51, 12));
}

static void ttrnw_belongs_to_permission_faults_of_class_tt(void **state)
{
	struct smmu_event event = full(SMMU_F_PERMISSION);
	uint64_t record[4];

	(void)state;
	event.fault_class = SMMU_CLASS_TT;
	smmu_event_encode(&event, record);
	assert_true(record[1] & SMMU_BIT(44));
	assert_true(smmu_event_decode(record).ttrnw);
	event.ttrnw = false;
	smmu_event_encode(&event, record);
	assert_false(record[1] & SMMU_BIT(44));
	event = full(SMMU_F_ACCESS);
	event.fault_class = SMMU_CLASS_TT;
	smmu_event_encode(&event, record);
	assert_false(record[1] & SMMU_BIT(44));
}

static void encoding_a_decoded_record_gives_it_back(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct smmu_event event = full((uint8_t)type);
		uint64_t first[4], second[4];

		smmu_event_encode(&event, first);
		event = smmu_event_decode(first);
		assert_int_equal(event.type, type);
		assert_int_equal(event.sid, 0x12345678);
		smmu_event_encode(&event, second);
		assert_memory_equal(first, second, sizeof(first));
	}
}

static void a_translation_fault_decodes_to_its_fields(void **state)
{
	const uint64_t record[4] = {0x0000002100005810, 0x20800000000, 0x7fff1000, 0};
	struct smmu_event event = smmu_event_decode(record);

	(void)state;
	assert_int_equal(event.type, SMMU_F_TRANSLATION);
	assert_int_equal(event.sid, 0x21);
	assert_true(event.ssv);
	assert_int_equal(event.ssid, 5);
	assert_int_equal(event.input_addr, 0x7fff1000);
	assert_true(event.rnw);
	assert_false(event.pnu || event.ind || event.s2 || event.stall);
	assert_int_equal(event.fault_class, SMMU_CLASS_IN);
}

static void a_record_without_ssv_carries_no_substream(void **state)
{
	struct smmu_event event = full(SMMU_F_PERMISSION);
	uint64_t record[4];

	(void)state;
	event.ssv = false;
	smmu_event_encode(&event, record);
	assert_int_equal(record[0] & 0xffffff00, 0);
	/* Whatever else is in memory: SubstreamID is UNKNOWN without SSV. */
	record[0] |= 0xabcde000;
	assert_int_equal(smmu_event_decode(record).ssid, 0);
}

static void bad_substreamid_always_carries_the_substream(void **state)
{
	struct smmu_event event = full(SMMU_C_BAD_SUBSTREAMID);
	uint64_t record[4];

	(void)state;
	event.ssv = false;
	smmu_event_encode(&event, record);
	assert_int_equal(smmu_event_decode(record).ssid, 0xabcde);
	assert_false(smmu_event_decode(record).ssv);
}

static void names_are_the_architectures(void **state)
{
	(void)state;
	assert_string_equal(smmu_event_name(SMMU_F_TRANSLATION), "F_TRANSLATION");
	assert_string_equal(smmu_event_name(SMMU_C_BAD_CD), "C_BAD_CD");
	assert_string_equal(smmu_event_name(SMMU_F_UUT), "F_UUT");
	assert_string_equal(smmu_event_name(SMMU_E_PAGE_REQUEST), "E_PAGE_REQUEST");
	assert_string_equal(smmu_event_name(SMMU_F_VMS_FETCH), "F_VMS_FETCH");
	assert_string_equal(smmu_event_name(SMMU_EVT_NONE), "?");
	assert_string_equal(smmu_event_name(0x26), "?");
	assert_string_equal(smmu_event_name(0x0c), "?");
	assert_string_equal(smmu_event_name(0x1000), "?");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_the_architectures),
		cmocka_unit_test(encoding_a_decoded_record_gives_it_back),
		cmocka_unit_test(decoding_an_encoded_event_gives_it_back),
		cmocka_unit_test(an_ipa_belongs_to_stage_2_alone),
		cmocka_unit_test(ttrnw_belongs_to_permission_faults_of_class_tt),
		cmocka_unit_test(a_translation_fault_decodes_to_its_fields),
		cmocka_unit_test(a_record_without_ssv_carries_no_substream),
		cmocka_unit_test(bad_substreamid_always_carries_the_substream),
		cmocka_unit_test(names_are_the_architectures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
