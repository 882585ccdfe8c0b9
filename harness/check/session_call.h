/* SPDX-License-Identifier: MIT */
/* Between the ops of a session, which fill a call, and the session, which runs it. */
#ifndef SVAFUZZ_SESSION_CALL_H
#define SVAFUZZ_SESSION_CALL_H

#include "session.h"

struct session_call {
	struct trace_op op;
	const char *bad; /* NULL, or an operand that no trace can have */
};
struct outcome session_run(struct session *session, const struct session_call *call);

#endif
