#ifndef ENC_MODEL_OUTSIDE_H
#define ENC_MODEL_OUTSIDE_H

/* What a session may reach outside; 0: nothing. */
enum ENC_OUTSIDE_flags {
	ENC_OUTSIDE_ALLOWLIST = 1 << 0, /* destinations of its rules */
	ENC_OUTSIDE_BINDINGS = 1 << 1,	/* upstreams of its bindings */
	ENC_OUTSIDE_ALL = ENC_OUTSIDE_ALLOWLIST | ENC_OUTSIDE_BINDINGS,
};

#endif
