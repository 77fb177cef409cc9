#include "clock.h"
#include "hex.h"
#include "log.h"
#include "orchestrator_internal.h"
#include "random.h"

enum { ID_RANDOM_BYTES = 5 };

static enum enc_code name_session(struct enc_store *store,
				  struct enc_session *session,
				  struct enc_error *err)
{
	uint8_t bytes[ID_RANDOM_BYTES];
	char hex[2 * ID_RANDOM_BYTES + 1];
	enum enc_code code =
		enc_store_next_session_number(store, session->spec->record.org,
					      &session->number, err);

	enc_random_bytes(bytes, sizeof(bytes));
	enc_hex_encode(bytes, sizeof(bytes), hex);
	(void)snprintf(session->id, sizeof(session->id), "s-%s-%llu", hex,
		       (unsigned long long)session->number);
	return code;
}

/* add_identity() - add ENC_SESSION_VARIABLE; spec->env has room for it */
static void add_identity(struct enc_session *session)
{
	struct enc_session_spec *spec = session->spec;
	size_t room = sizeof(ENC_SESSION_VARIABLE) + sizeof(session->id);

	spec->env[spec->env_count] = enc_xalloc(room);
	(void)snprintf(spec->env[spec->env_count++], room,
		       ENC_SESSION_VARIABLE "%s", session->id);
}

/*
 * begin_session() - set the fields that follow from the request and the
 * backend's facts
 */
static void begin_session(struct enc_session *session,
			  struct enc_session_spec *spec,
			  const struct enc_backend_facts *facts)
{
	enc_session_init(session);
	session->spec = spec;
	session->backend = spec->place->name;
	session->isolation = spec->place->isolation;
	session->environment = facts->environments[spec->environment];
	session->durable_allowlist = enc_allowlist_hold(spec->record.allowlist);
	session->times.created_ms = enc_clock_wall_ms();
	session->times.begun_us = enc_clock_mono_us();
}

enum enc_code enc_live_new(struct enc_orchestrator *orchestrator,
			   struct enc_session_spec *spec,
			   struct enc_live **ret_live, struct enc_error *err)
{
	struct enc_live *live = enc_xalloc(sizeof(*live));
	enum enc_code code;

	enc_list_init(&live->link);
	enc_list_init(&live->waiter.link);
	enc_list_init(&live->stages);
	live->orchestrator = orchestrator;
	live->share = enc_share_hold(&orchestrator->shares, spec->record.org);
	begin_session(&live->session, spec,
		      enc_backend_facts_of(orchestrator->options.backend));
	code = name_session(orchestrator->options.store, &live->session, err);
	if (code == ENC_OK) {
		add_identity(&live->session);
		code = enc_live_begin_chain(&live->session, err);
	}
	if (code != ENC_OK) {
		enc_live_free(live);
		return code;
	}
	*ret_live = live;
	return ENC_OK;
}

void enc_live_free(struct enc_live *live)
{
	ENC_ASSERT(enc_list_empty(&live->stages));
	enc_list_remove(&live->link);
	/* Observers are only unlinked: each has got its last news. */
	ENC_LIST_EACH(live->session.observers, at)
	{
		enc_list_remove(at);
	}
	enc_store_change_free(live->change);
	enc_firsts_clear(&live->firsts);
	enc_share_release(live->share);
	enc_session_clear(&live->session);
	free(live);
}

void enc_live_move(struct enc_live *live, enum enc_live_state to)
{
	ENC_ASSERT(enc_live_state_may_move(live->state, to));
	enc_log(ENC_LOG_DEBUG, live->session.id, "life: %s -> %s",
		enc_live_state_name(live->state), enc_live_state_name(to));
	live->state = to;
}
