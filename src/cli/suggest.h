#ifndef ENC_CLI_SUGGEST_H
#define ENC_CLI_SUGGEST_H

/*
 * The allowlist that the denials of an audit log would have needed. Pure.
 *
 * A refused TCP connection needs an entry with its name, or with its address if
 * the program named none, and with its port. A name that was only asked for by
 * DNS needs an entry, too: no connection followed since the name was refused. Its
 * port isn't known, so 443 is assumed.
 *
 * No entry can help against the deny table, and only TCP can be allowed.
 */

#include <jansson.h>

/**
 * enc_suggest() - suggest allowlist entries for the denials in @events
 * @events: as enc_events_load() returns them
 *
 * Return: a new reference: {allow: [entry, ...], refused: [{host, reason}, ...]},
 * each once, in the order of the first denials. `host` has the port, if there is
 * one.
 */
json_t *enc_suggest(const json_t *events);

#endif
