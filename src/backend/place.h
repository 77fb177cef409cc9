#ifndef ENC_BACKEND_PLACE_H
#define ENC_BACKEND_PLACE_H

/*
 * A place is where a sandbox can be made: sessions, pools and the API name
 * places, never a kind of isolation. Two places may have the same isolation.
 *
 * What is told apart by an `if` elsewhere is a trait here, so that a new place
 * is a row of its backend and nothing more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "isolation.h"
#include "launch.h"
#include "limit.h"

struct enc_backend;

struct enc_place {
	char name[ENC_LAUNCH_NAME_BYTES]; /* in the API: "native" */
	enum enc_isolation isolation;
	/*
	 * By ENC_LIMIT_BIT(): what a sandbox is made with and a claim can't
	 * change.
	 */
	uint32_t fixed;
	uint64_t idle_bytes; /* of one that waits, beside its language's */
	struct enc_backend *backend; /* makes its sandboxes */
	uint32_t number;	     /* which one of the backend's own */
};

struct enc_places {
	struct enc_place row[ENC_LAUNCH_PLACES_MAX];
	size_t count;
	size_t usual; /* a row */
};

/* enc_places_add() - 0; -ENOSPC; -EINVAL without a name; -EEXIST */
ENC_NODISCARD int enc_places_add(struct enc_places *places,
				 const struct enc_place *place);

/* enc_places_find() - by name; NULL if there is none with that name */
const struct enc_place *enc_places_find(const struct enc_places *places,
					const char *name);

/* enc_places_usual() - of a session that names none */
const struct enc_place *enc_places_usual(const struct enc_places *places);

/**
 * enc_places_choose() - where a session runs
 * @name:      the place that it asks for, or NULL
 * @least:     the weakest isolation that it accepts
 * @ret_place: lives as long as @places
 *
 * Without a name it is the usual place, or, where that is too weak, the weakest
 * one that is strong enough. A place that is named is never replaced.
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for an unknown name; ENC_NOT_AVAILABLE if
 * everything there is, or the place that was named, is too weak
 */
ENC_NODISCARD enum enc_code
enc_places_choose(const struct enc_places *places, const char *name,
		  enum enc_isolation least, const struct enc_place **ret_place,
		  struct enc_error *err);

#endif
