#include <errno.h>
#include <string.h>

#include "place.h"

/* A gate is in no memory group; an upper estimate. */
#define GATE_BYTES (UINT64_C(4) << 20)

const struct enc_place *enc_places_find(const struct enc_places *places,
					const char *name)
{
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(places->row[i].name, name) == 0) {
			return &places->row[i];
		}
	}
	return NULL;
}

const struct enc_place *enc_places_usual(const struct enc_places *places)
{
	ENC_ASSERT(places->usual < places->count);
	return &places->row[places->usual];
}

int enc_places_add(struct enc_places *places, const struct enc_place *place)
{
	if (places->count == ENC_COUNT(places->row)) {
		return -ENOSPC;
	}
	if (place->name[0] == '\0') {
		return -EINVAL;
	}
	if (enc_places_find(places, place->name) != NULL) {
		return -EEXIST;
	}
	places->row[places->count++] = *place;
	return 0;
}

/* strengthen() - find the weakest place that is stronger than @than, or NULL */
static const struct enc_place *strengthen(const struct enc_places *places,
					  const struct enc_place *than)
{
	const struct enc_place *found = NULL;

	for (size_t i = 0; i < places->count; i++) {
		const struct enc_place *at = &places->row[i];

		if (at->isolation > than->isolation &&
		    (found == NULL || at->isolation < found->isolation)) {
			found = at;
		}
	}
	return found;
}

/* fail_name() - say which places there are */
static enum enc_code fail_name(const struct enc_places *places,
			       const char *name, struct enc_error *err)
{
	char names[128] = "";
	size_t length = 0;

	for (size_t i = 0; i < places->count && length < sizeof(names); i++) {
		length +=
			(size_t)snprintf(names + length, sizeof(names) - length,
					 "%s%s", i == 0 ? "" : ", ",
					 places->row[i].name);
	}
	return enc_fail(err, ENC_BAD_REQUEST,
			"backend '%.32s' isn't served here, but %s", name,
			names);
}

enum enc_code enc_places_choose(const struct enc_places *places,
				const char *name, enum enc_isolation least,
				const struct enc_place **ret_place,
				struct enc_error *err)
{
	const struct enc_place *found = name != NULL
						? enc_places_find(places, name)
						: enc_places_usual(places);
	const struct enc_place *next = found;

	if (found == NULL) {
		return fail_name(places, name, err);
	}
	while (name == NULL && next != NULL && found->isolation < least) {
		found = next;
		next = strengthen(places, found);
	}
	if (found->isolation < least) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"minIsolation %s: this server offers %s",
				enc_isolation_name(least),
				enc_isolation_name(found->isolation));
	}
	*ret_place = found;
	return ENC_OK;
}

uint64_t enc_place_memory(const struct enc_place *place,
			  const struct enc_limits *limits)
{
	return limits->value[ENC_LIMIT_MEMORY] + limits->value[ENC_LIMIT_DISK] +
	       limits->value[ENC_LIMIT_PIDS] * place->process_bytes +
	       place->kernel_bytes + GATE_BYTES;
}

enum enc_code enc_place_check(const struct enc_place *place,
			      const struct enc_limits *limits,
			      struct enc_error *err)
{
	uint64_t files = limits->value[ENC_LIMIT_OPEN_FILES];

	return files <= place->open_files_most
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_LIMITS,
				  "%s is %llu, backend %s of this machine can "
				  "give %llu at most",
				  enc_limit_info(ENC_LIMIT_OPEN_FILES)->name,
				  (unsigned long long)files, place->name,
				  (unsigned long long)place->open_files_most);
}
