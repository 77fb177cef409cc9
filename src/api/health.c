#include <string.h>

#include "api_internal.h"
#include "gen_answers.h"
#include "gen_operations.h"

enum enc_code op_getHealth(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_backend *backend = call->api->options.backend;
	const struct enc_places *places =
		&enc_backend_facts_of(backend)->places;
	char backends[ENC_LAUNCH_PLACES_MAX * (ENC_LAUNCH_NAME_BYTES + 1)];
	size_t at = 0;
	const struct enc_answer_health health = {
		.ok = true,
		.backend = enc_backend_name(backend),
		.backends = backends,
		.backend_healthy = enc_backend_healthy(backend),
	};

	(void)err;
	for (size_t i = 0; i < places->count; i++) {
		at += (size_t)snprintf(backends + at, sizeof(backends) - at,
				       "%s%s", i == 0 ? "" : " ",
				       places->row[i].name);
	}
	enc_api_reply_answer(call->exchange, 200, enc_answer_health_fields,
			     &health);
	return ENC_OK;
}

enum enc_code op_getReady(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_error why = { 0 };
	enum enc_code code =
		enc_orchestrator_check_ready(call->api->options.orchestrator,
					     &why);
	const struct enc_answer_ready ready = {
		.ready = code == ENC_OK,
		.reason = code == ENC_OK ? NULL : why.message,
	};

	(void)err;
	enc_api_reply_answer(call->exchange, ready.ready ? 200 : 503,
			     enc_answer_ready_fields, &ready);
	return ENC_OK;
}

/* list_languages() - list the languages that code can have, with spaces */
static void list_languages(char *ret_text, size_t room)
{
	size_t at = 0;

	ret_text[0] = '\0';
	for (int i = ENC_LANGUAGE_INVALID + 1; i < ENC_LANGUAGE_MAX; i++) {
		const struct enc_language_row *row =
			enc_language_info((enum enc_language)i);

		if (row->entry != NULL) {
			at += (size_t)snprintf(ret_text + at, room - at, "%s%s",
					       at == 0 ? "" : " ", row->name);
			ENC_ASSERT(at < room);
		}
	}
}

enum enc_code op_listEnvironments(struct enc_api_call *call,
				  struct enc_error *err)
{
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(call->api->options.backend);
	ENC_AUTO(buf) items = ENC_BUF(ENC_API_BODY_MAX_BYTES);
	const struct enc_answer_environment_list list = { &items };
	char languages[256];

	(void)err;
	list_languages(languages, sizeof(languages));
	for (size_t i = 0; i < facts->environment_count; i++) {
		const struct enc_answer_environment one = {
			.name = facts->environments[i].name,
			.digest = facts->environments[i].digest,
			.languages = languages,
		};

		enc_answer_add(&items, enc_answer_environment_fields, &one);
	}
	enc_api_reply_answer(call->exchange, 200,
			     enc_answer_environment_list_fields, &list);
	return ENC_OK;
}
