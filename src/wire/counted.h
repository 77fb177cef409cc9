#ifndef ENC_WIRE_COUNTED_H
#define ENC_WIRE_COUNTED_H

/*
 * Events that a gate only counts. To add an event, add a row here: that brings
 * it from the gate to the audit log. The audit event has the name of the row
 * and one member, `count`.
 *
 *	X(symbol, name of the audit event)
 */
#define ENC_COUNTED_ROWS(X)                                               \
	/* connections beyond the limit of those at once */               \
	X(FLOWS_LIMITED, "flows_limited")                                 \
	/* open connections that a replaced allowlist allows no longer */ \
	X(FLOWS_CUT, "flows_cut")                                         \
	/* open connections on which nothing was sent for long */         \
	X(FLOWS_IDLE, "flows_idle")

enum enc_counted {
	ENC_COUNTED_INVALID,
#define X(symbol, name) ENC_COUNTED_##symbol,
	ENC_COUNTED_ROWS(X)
#undef X
		ENC_COUNTED_MAX,
};

/* enc_counted_name() - the name of the audit event */
static inline const char *enc_counted_name(enum enc_counted what)
{
	static const char *const names[ENC_COUNTED_MAX] = {
		[ENC_COUNTED_INVALID] = "invalid",
#define X(symbol, name) [ENC_COUNTED_##symbol] = (name),
		ENC_COUNTED_ROWS(X)
#undef X
	};

	return what < ENC_COUNTED_MAX ? names[what] : names[0];
}

#endif
