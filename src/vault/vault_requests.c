#include <errno.h>
#include <sodium.h>

#include "random.h"
#include "vault_internal.h"

/* A request, as its handler sees it. */
struct asked {
	const struct enc_vault_head *head;
	const uint8_t *body;
};

static void refuse(struct enc_vault *vault, const struct asked *asked,
		   enum enc_code code, const char *text)
{
	enc_vault_refuse(vault, asked->head->number, code, text);
}

/* refuse_errno() - refuse because of the memory */
static void refuse_errno(struct enc_vault *vault, const struct asked *asked,
			 int r)
{
	if (r == -E2BIG) {
		refuse(vault, asked, ENC_LIMIT, "the vault's memory is full");
	} else if (r == -ENOSPC || r == -EDQUOT) {
		refuse(vault, asked, ENC_STORAGE_FULL,
		       "there is no room for the vault's memory");
	} else {
		refuse(vault, asked, ENC_UNAVAILABLE,
		       "the vault's memory can't be written");
	}
}

static bool is_current(const struct enc_vault *vault, struct enc_text org,
		       struct enc_text id, uint64_t version)
{
	return version >= enc_vault_memory_least(vault->memory, org, id);
}

static void refuse_old(struct enc_vault *vault, const struct asked *asked)
{
	refuse(vault, asked, ENC_CONFLICT,
	       "the binding is revoked, or has a newer version; if it is "
	       "listed all the same, delete it and make it anew");
}

/* ---- SEAL ---- */

static void handle_seal(struct enc_vault *vault, const struct asked *asked)
{
	uint8_t nonce[ENC_SEALED_NONCE_BYTES];
	struct enc_binding binding;
	struct enc_sealed name;
	size_t length;

	if (enc_binding_parse(asked->body, asked->head->length, &binding) < 0 ||
	    !enc_sealed_name_ok(binding.org) ||
	    !enc_sealed_name_ok(binding.id) || binding.version == 0 ||
	    binding.version == ENC_MEMORY_REVOKED) {
		refuse(vault, asked, ENC_BAD_REQUEST,
		       "the record is malformed");
		return;
	}
	if (!is_current(vault, binding.org, binding.id, binding.version)) {
		refuse_old(vault, asked);
		return;
	}
	name = (struct enc_sealed){ .version = binding.version,
				    .org = binding.org,
				    .id = binding.id };
	enc_random_bytes(nonce, sizeof(nonce));
	length = enc_sealed_make(&vault->keyring->keys[0], &name, nonce,
				 asked->body, asked->head->length,
				 enc_vault_body(vault));
	enc_vault_answer(vault, asked->head->number, ENC_VAULT_SEALED, length);
}

/* ---- GRANT, RETIRE ---- */

static bool equal(struct enc_text a, struct enc_text b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* is_genuine() - whether a blob opens, and its record agrees with its head */
static bool is_genuine(struct enc_vault *vault, const struct enc_sealed *sealed)
{
	uint8_t *record = enc_vault_body(vault);
	struct enc_binding binding;
	bool genuine =
		enc_vault_gate_open(vault, sealed, record) == 0 &&
		enc_binding_parse(record, sealed->length, &binding) == 0 &&
		binding.version == sealed->version &&
		equal(binding.org, sealed->org) &&
		equal(binding.id, sealed->id);

	sodium_memzero(record, sealed->length);
	return genuine;
}

/* read_blob() - read a blob; refuse the request if it mustn't be opened */
static bool read_blob(struct enc_vault *vault, const struct asked *asked,
		      struct enc_sealed *ret_sealed)
{
	if (enc_sealed_parse(asked->body, asked->head->length, ret_sealed) <
	    0) {
		refuse(vault, asked, ENC_BAD_REQUEST, "the blob is malformed");
		return false;
	}
	if (!is_genuine(vault, ret_sealed)) {
		refuse(vault, asked, ENC_FORBIDDEN,
		       "the sealed record of a service binding was changed, "
		       "or was sealed with a master key that isn't here "
		       "(docs/vault.md)");
		return false;
	}
	if (!is_current(vault, ret_sealed->org, ret_sealed->id,
			ret_sealed->version)) {
		refuse_old(vault, asked);
		return false;
	}
	return true;
}

/* may_have() - whether a gate may get a blob; if not, refuse the request */
static bool may_have(struct enc_vault *vault, const struct asked *asked,
		     struct enc_vault_gate *gate,
		     const struct enc_sealed *sealed)
{
	struct enc_text org = { .bytes = gate->org,
				.length = gate->org_length };

	if (org.length > 0 && !equal(org, sealed->org)) {
		refuse(vault, asked, ENC_FORBIDDEN,
		       "the session is of another organisation");
		return false;
	}
	if (gate->given_count == ENC_BINDINGS_MAX &&
	    enc_vault_gate_given(gate, sealed->org, sealed->id) == NULL) {
		refuse(vault, asked, ENC_LIMIT,
		       "the session has too many bindings");
		return false;
	}
	return true;
}

/* note_given() - note that a gate has, or will soon have, a version */
static void note_given(struct enc_vault_gate *gate,
		       const struct enc_sealed *sealed)
{
	struct enc_vault_given *given =
		enc_vault_gate_given(gate, sealed->org, sealed->id);

	if (given == NULL) {
		gate->org_length = sealed->org.length;
		memcpy(gate->org, sealed->org.bytes, sealed->org.length);
		given = &gate->given[gate->given_count++];
		given->id_length = sealed->id.length;
		memcpy(given->id, sealed->id.bytes, sealed->id.length);
	}
	given->version = sealed->version;
}

/* give() - give a record to a gate */
static void give(struct enc_vault *vault, const struct asked *asked,
		 struct enc_vault_gate *gate, const struct enc_sealed *sealed)
{
	struct enc_vault_request *request =
		enc_vault_request_hold(vault, asked->head->number);
	int r;

	r = enc_vault_gate_deliver(vault, gate, request, ENC_VAULT_BINDING,
				   asked->body, asked->head->length);
	if (r < 0) {
		/* No DONE: the request is answered here. */
		request->api_link = 0;
		refuse(vault, asked, ENC_BUSY,
		       "too much waits for gates; try again");
	} else if (gate->fd >= 0) {
		note_given(gate, sealed);
	}
	enc_vault_request_let(vault, request);
}

static void handle_grant(struct enc_vault *vault, const struct asked *asked)
{
	struct enc_vault_gate *gate =
		enc_vault_gate_find(vault, asked->head->tag);
	struct enc_sealed sealed;
	int r;

	if (gate == NULL) {
		refuse(vault, asked, ENC_NOT_FOUND,
		       "the launcher has named no such session");
		return;
	}
	if (gate->fd < 0) {
		/* It has no record, so that a newer one stays away from none. */
		refuse(vault, asked, ENC_NOT_FOUND,
		       "the gate has closed its link");
		return;
	}
	if (!read_blob(vault, asked, &sealed) ||
	    !may_have(vault, asked, gate, &sealed)) {
		return;
	}
	r = enc_vault_memory_raise(vault->memory, sealed.org, sealed.id,
				   sealed.version);
	if (r < 0) {
		refuse_errno(vault, asked, r);
		return;
	}
	give(vault, asked, gate, &sealed);
}

/* withdraw() - take a binding away from a gate */
static void withdraw(struct enc_vault *vault, struct enc_vault_gate *gate,
		     struct enc_vault_given *given,
		     struct enc_vault_request *request)
{
	uint8_t body[2 * ENC_SEALED_NAME_MAX_BYTES + 1];
	size_t length = gate->org_length;

	memcpy(body, gate->org, length);
	body[length++] = '\0';
	memcpy(body + length, given->id, given->id_length);
	length += given->id_length;
	*given = gate->given[--gate->given_count];
	if (enc_vault_gate_deliver(vault, gate, request, ENC_VAULT_WITHDRAWN,
				   body, length) < 0) {
		/* Without its link a gate drops all its records. */
		enc_vault_gate_close(vault, gate);
	}
}

/* withdraw_older() - take versions below @least away from all gates */
static void withdraw_older(struct enc_vault *vault, const struct asked *asked,
			   struct enc_text org, struct enc_text id,
			   uint64_t least)
{
	struct enc_vault_request *request =
		enc_vault_request_hold(vault, asked->head->number);

	ENC_LIST_EACH(vault->gates, at)
	{
		struct enc_vault_gate *gate =
			ENC_HOLDER(at, struct enc_vault_gate, link);
		struct enc_vault_given *given =
			enc_vault_gate_given(gate, org, id);

		if (given != NULL && given->version < least) {
			withdraw(vault, gate, given, request);
		}
	}
	enc_vault_request_let(vault, request);
}

/* raise_least() - raise the least version, and tell the gates */
static void raise_least(struct enc_vault *vault, const struct asked *asked,
			struct enc_text org, struct enc_text id, uint64_t least)
{
	int r = enc_vault_memory_raise(vault->memory, org, id, least);

	if (r < 0) {
		refuse_errno(vault, asked, r);
		return;
	}
	withdraw_older(vault, asked, org, id, least);
}

static void handle_retire(struct enc_vault *vault, const struct asked *asked)
{
	struct enc_sealed sealed;

	if (read_blob(vault, asked, &sealed)) {
		raise_least(vault, asked, sealed.org, sealed.id,
			    sealed.version);
	}
}

/* ---- REVOKE ---- */

static void handle_revoke(struct enc_vault *vault, const struct asked *asked)
{
	const char *bytes = (const char *)asked->body;
	struct enc_text org = { .bytes = bytes,
				.length = strnlen(bytes, asked->head->length) };
	struct enc_text id = { .bytes = bytes };

	if (org.length < asked->head->length) {
		id.bytes = bytes + org.length + 1;
		id.length = asked->head->length - org.length - 1;
	}
	if (!enc_sealed_name_ok(org) || !enc_sealed_name_ok(id)) {
		refuse(vault, asked, ENC_BAD_REQUEST, "the id is malformed");
		return;
	}
	raise_least(vault, asked, org, id, ENC_MEMORY_REVOKED);
}

/* ---- SIGN, KEY ---- */

static void handle_sign(struct enc_vault *vault, const struct asked *asked)
{
	struct enc_vault_statement statement;
	int r;

	memcpy(&statement, asked->body, sizeof(statement));
	r = enc_vault_memory_sign(vault->memory, &statement,
				  enc_vault_body(vault));
	if (r == -EINVAL) {
		refuse(vault, asked, ENC_BAD_REQUEST,
		       "the statement is malformed");
	} else if (r == -EEXIST) {
		refuse(vault, asked, ENC_CONFLICT,
		       "another history of the session is signed");
	} else if (r == -ESTALE) {
		refuse(vault, asked, ENC_CONFLICT,
		       "the session is too old to be signed");
	} else if (r < 0) {
		refuse_errno(vault, asked, r);
	} else {
		enc_vault_answer(vault, asked->head->number, ENC_VAULT_SIGNED,
				 ENC_VAULT_SIGNATURE_BYTES);
	}
}

static void handle_key(struct enc_vault *vault, const struct asked *asked)
{
	enc_vault_memory_public_key(vault->memory, enc_vault_body(vault));
	enc_vault_answer(vault, asked->head->number, ENC_VAULT_KEYED,
			 ENC_VAULT_KEY_BYTES);
}

/* ---- the table ---- */

static const struct row {
	void (*handle)(struct enc_vault *vault, const struct asked *asked);
	size_t least; /* bytes of the body */
	size_t most;
	bool tag;
} rows[ENC_VAULT_OPCODE_MAX] = {
	/* A record that is larger can't be sealed into one message. */
	[ENC_VAULT_SEAL] = { handle_seal, 0, ENC_BINDING_MAX_BYTES, false },
	[ENC_VAULT_GRANT] = { handle_grant, 0, ENC_VAULT_BODY_MAX_BYTES, true },
	[ENC_VAULT_RETIRE] = { handle_retire, 0, ENC_VAULT_BODY_MAX_BYTES,
			       false },
	[ENC_VAULT_REVOKE] = { handle_revoke, 0,
			       2 * ENC_SEALED_NAME_MAX_BYTES + 1, false },
	[ENC_VAULT_SIGN] = { handle_sign, sizeof(struct enc_vault_statement),
			     sizeof(struct enc_vault_statement), false },
	[ENC_VAULT_KEY] = { handle_key, 0, 0, false },
};

_Static_assert((int)ENC_BINDING_MAX_BYTES + (int)ENC_SEALED_MORE_BYTES <=
		       (int)ENC_VAULT_BODY_MAX_BYTES,
	       "a sealed record fits into a message");

bool enc_vault_handle(struct enc_vault *vault,
		      const struct enc_vault_head *head, const uint8_t *body)
{
	const struct row *row = head->opcode < ENC_VAULT_OPCODE_MAX
					? &rows[head->opcode]
					: &rows[ENC_VAULT_INVALID];

	if (row->handle == NULL || head->code != 0 || head->reserved != 0 ||
	    (head->tag != 0 && !row->tag) || head->length < row->least ||
	    head->length > row->most) {
		return false;
	}
	row->handle(vault, &(struct asked){ .head = head, .body = body });
	return true;
}
