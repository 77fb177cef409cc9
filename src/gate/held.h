#ifndef ENC_GATE_HELD_H
#define ENC_GATE_HELD_H

/*
 * Theory of operation
 *
 * The records of a session's service bindings, by name. The vault gives them to
 * this gate. The memory of a record is wiped when it is freed.
 *
 * All values of masked bindings are in one mask, also those of former versions
 * while these are in use: a response that goes on is masked by what is known by
 * then. Former versions for which the mask has no room end what uses them.
 *
 * The table and each exchange hold a reference to a record. A newer version
 * replaces it in the table; exchanges under way go on with the old one. The
 * withdrawal of a record ends its exchanges. If the vault dies, the table keeps
 * the names, and the records for the mask only, until the next vault has given
 * them again.
 *
 * The program names a binding by the host name NAME.svc.enclave.internal, at
 * port 80. No name below svc.enclave.internal is ever asked for outside.
 */

#include <stdbool.h>

#include "binding.h"
#include "call_rate.h"
#include "egress.h"
#include "list.h"

struct enc_gate;
struct enc_held_table;
struct enc_mask;

enum { ENC_HELD_RULE_BYTES = 8 + ENC_BINDING_NAME_MAX_BYTES + 1 };

/* A record. */
struct enc_held {
	struct enc_gate *gate;
	struct enc_list link; /* all records of the gate */
	unsigned int users;
	bool current;		    /* in the table */
	bool withdrawn;		    /* no longer granted */
	struct enc_binding binding; /* its texts are in `bytes` */
	uint8_t *bytes;
	size_t length;
	char rule[ENC_HELD_RULE_BYTES]; /* "binding:NAME" */
	struct enc_list kept;		/* connections, see upstream_link.h */
};

/* A name that the session was granted. */
struct enc_held_row {
	char name[ENC_BINDING_NAME_MAX_BYTES + 1];
	char rule[ENC_HELD_RULE_BYTES];
	char org[ENC_BINDING_ID_MAX_BYTES + 1];
	char id[ENC_BINDING_ID_MAX_BYTES + 1];
	struct enc_held *held; /* NULL: the vault is gone */
	struct enc_held *lost; /* what it was then */
	struct enc_call_rate rate;
};

struct enc_held_table *enc_held_table_new(struct enc_gate *gate);

/*
 * enc_held_take() - take a record of the vault; it is ignored unless it is
 * newer than the binding's present one. Return: 0; -EPROTO; -ENOSPC after
 * ENC_BINDINGS_MAX
 */
ENC_NODISCARD int enc_held_take(struct enc_held_table *table,
				const uint8_t *bytes, size_t length);

/* enc_held_withdraw() - take a binding away, by its id */
void enc_held_withdraw(struct enc_held_table *table, struct enc_text org,
		       struct enc_text id);

/* enc_held_lose() - drop all records, because the vault is gone */
void enc_held_lose(struct enc_held_table *table);

/* enc_held_find() - find a granted name; NULL if it isn't */
struct enc_held_row *enc_held_find(struct enc_held_table *table,
				   struct enc_text name);

/* enc_held_mask() - the mask of all values, borrowed; NULL: there are none */
struct enc_mask *enc_held_mask(const struct enc_held_table *table);

/* enc_held_ref() - use a record. Return: @held */
struct enc_held *enc_held_ref(struct enc_held *held);

/* enc_held_unref() - stop using a record; NULL is fine */
void enc_held_unref(struct enc_held *held);

/*
 * enc_held_name() - whether a canonical host name is below svc.enclave.internal
 * @ret_name: the labels in front of that; lie in @host
 */
bool enc_held_name(const char *host, struct enc_text *ret_name);

/*
 * enc_held_judge() - decide about a destination whose name enc_held_name()
 * accepts. The rule is static or the table's.
 */
void enc_held_judge(struct enc_held_table *table, struct enc_text name,
		    uint16_t port, struct enc_decision *ret_decision);

#endif
