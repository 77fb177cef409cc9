#ifndef ENC_GATE_GATE_INTERNAL_H
#define ENC_GATE_GATE_INTERNAL_H

/*
 * Shared by the parts of a gate. gate.c has the loop, the orders and the timer.
 * Each other part watches its own descriptors and reports through these
 * functions.
 */

#include <stdbool.h>
#include <uv.h>

#include "counts.h"
#include "frame.h"
#include "ledger.h"
#include "names.h"
#include "ruleset.h"

struct enc_gate;
struct enc_relay;
struct enc_accept;
struct enc_flows;
struct enc_resolver;
struct enc_supply;
struct enc_deadlines;
struct enc_datagrams;
struct enc_redline;
struct enc_sockets;
struct enc_masking;
struct enc_awaits;
struct enc_calls;
struct enc_cas;
struct enc_exchanges;
struct enc_held_table;
struct enc_tls_context;
struct enc_upstream_links;
struct enc_vault_link;
struct enc_mask;
struct enc_redactions;

struct enc_gate {
	uv_loop_t loop;
	struct enc_relay *relay;
	struct enc_ledger *ledger;
	struct enc_counts counts;
	struct enc_names *names;
	struct enc_ruleset rules;
	struct enc_accept *accept;
	struct enc_flows *flows;
	struct enc_resolver *resolver;
	/* NULL, like the next one, unless the session may reach something. */
	struct enc_supply *supply;
	struct enc_deadlines *dialling;
	struct enc_datagrams *datagrams;
	struct enc_redline *redline;
	struct enc_sockets *sockets;
	struct enc_masking *masking; /* NULL: no binding is masked */
	struct enc_held_table *held;
	struct enc_vault_link *vault; /* NULL: there was none yet */
	struct enc_cas *cas;	      /* NULL: there are none */
	struct enc_tls_context *tls;  /* NULL until the first connection */
	/* NULL until a binding is called, granted or not. */
	struct enc_calls *calls;
	struct enc_awaits *awaits;
	struct enc_exchanges *exchanges;
	struct enc_upstream_links *upstream_links;
	struct enc_redactions *redactions; /* NULL: there was no record yet */
	uv_poll_t orders;
	uv_timer_t pending; /* timer of reports that wait */
	bool launched;
	unsigned int outside; /* ENC_OUTSIDE_flags of the session */
	uint64_t reports;     /* EGRESS and CALL frames that were sent */
	uint64_t recorded;    /* number of them that are on record */
	bool finishing;	      /* the sandbox is dead, all counters have come */
	uv_timer_t drain; /* the program's last bytes are still being sent */
	int64_t drain_until_ms;
	bool leaving;  /* the program has ended by itself */
	bool complete; /* all counters could be read */
	int exit_code;
};

/* enc_gate_end() - leave the loop with an exit code */
void enc_gate_end(struct enc_gate *gate, int exit_code);

/* enc_gate_launched() - note that the program may run now */
void enc_gate_launched(struct enc_gate *gate);

/*
 * enc_gate_open() - get ready to dial, for a session that may reach something
 */
void enc_gate_open(struct enc_gate *gate, unsigned int outside);

/* enc_gate_redactions() - get the counter of masked values */
struct enc_redactions *enc_gate_redactions(struct enc_gate *gate);

/* enc_gate_mask() - set the mask for the program's output; NULL: none */
void enc_gate_mask(struct enc_gate *gate, struct enc_mask *mask);

/* enc_gate_tls() - get the context of TLS connections; NULL if OpenSSL fails */
struct enc_tls_context *enc_gate_tls(struct enc_gate *gate);

/* enc_gate_use_bindings() - set up the parts that calls of bindings need */
void enc_gate_use_bindings(struct enc_gate *gate);

/*
 * enc_gate_report() - send an EGRESS or CALL frame. Return: its number, which
 * gate->recorded reaches when it is durable
 */
uint64_t enc_gate_report(struct enc_gate *gate, enum enc_frame_type type,
			 const struct enc_buf *payload);

/*
 * enc_gate_replace_rules() - let other rules decide from now on, also about
 * connections that are open. Return: as enc_ruleset_replace()
 */
ENC_NODISCARD int enc_gate_replace_rules(struct enc_gate *gate,
					 const struct enc_message_rules *rules);

/* enc_gate_recorded() - so many reports are on record */
void enc_gate_recorded(struct enc_gate *gate, uint64_t reports);

/*
 * enc_gate_judge() - decide about an attempt by the rules as they are now.
 * The rule's text is valid until the rules are replaced.
 */
void enc_gate_judge(const struct enc_gate *gate,
		    const struct enc_attempt *attempt,
		    struct enc_decision *ret_decision);

/*
 * enc_gate_denied() - why no flow may go to an address, to which a name may
 * lead: a row of the deny table, or it is one of the host's name servers, which
 * the kernel lets the gate reach; NULL: it may be dialled
 */
const char *enc_gate_denied(const struct enc_gate *gate, const uint8_t addr[16],
			    uint16_t port);

/* enc_gate_note() - count one attempt, as enc_ledger_note() does */
ENC_NODISCARD int enc_gate_note(struct enc_gate *gate,
				const struct enc_attempt *attempt,
				const struct enc_decision *decision,
				uint64_t *ret_report);

/* enc_gate_refuse() - count one attempt that is judged, and can't go out */
void enc_gate_refuse(struct enc_gate *gate, const struct enc_attempt *attempt,
		     const char *rule);

/* enc_gate_count() - count an event of which only the number is reported */
void enc_gate_count(struct enc_gate *gate, enum enc_counted what);

/* enc_gate_plan() - report what is due, and set the timer for the rest */
void enc_gate_plan(struct enc_gate *gate);

/* enc_gate_plan_soon() - something was counted: it will be reported in time */
void enc_gate_plan_soon(struct enc_gate *gate);

/* enc_gate_watch() - poll a descriptor; the caller owns the handle */
void enc_gate_watch(struct enc_gate *gate, uv_poll_t *poll, int fd, int events,
		    uv_poll_cb ready);

/*
 * enc_gate_confine() - allow only the system calls of gate_seccomp_policy.h
 * from now on; any other one kills the process (confine.c). Return: 0 or a
 * negative errno
 */
ENC_NODISCARD int enc_gate_confine(void);

/* relay.c: frames to and from enclave-api and enclave-init. */
struct enc_relay *enc_relay_new(struct enc_gate *gate);
void enc_relay_tell(struct enc_relay *relay, enum enc_frame_type type,
		    uint8_t flags, const struct enc_buf *payload);
/*
 * enc_relay_finish() - pass on what is left in the runner stream, and report
 * TRUNCATED
 */
void enc_relay_finish(struct enc_relay *relay);
/* enc_relay_flush() - write all that is left, however long that takes */
void enc_relay_flush(struct enc_relay *relay);

/* accept.c: takes TCP connections and decides about them. */
struct enc_accept *enc_accept_new(struct enc_gate *gate);

/* datagrams.c: answers DNS queries, and drops other datagrams. */
struct enc_datagrams *enc_datagrams_new(struct enc_gate *gate);

/*
 * redline.c: refuses system calls that only an attacker makes, and decides
 * about those that need its consent.
 */
struct enc_redline *enc_redline_new(struct enc_gate *gate);
void enc_redline_listen(struct enc_redline *redline, int listener);
/* enc_redline_finish() - report what is left. Return: the sum of all reports */
uint64_t enc_redline_finish(struct enc_redline *redline);
/*
 * enc_redline_flush() - report what is due. Return: when to call this again;
 * -1: nothing waits
 */
int64_t enc_redline_flush(struct enc_redline *redline, int64_t now_ms);

#endif
