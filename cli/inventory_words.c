#include "cli/inventory_words.h"

#include "core/time.h"
#include "domain/claim_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 65536u

enum device_rank device_words(const struct claim *c, char *out, size_t size)
{
	char maker[160] = "", model[160] = "", kind[64] = "";
	claim_text(c, "manufacturer", maker, sizeof maker);
	claim_text(c, "model", model, sizeof model);
	claim_text(c, "kind", kind, sizeof kind);
	if (strcmp(kind, "network interface") == 0 && !*model) {
		snprintf(out, size, "NIC by %s", maker);
		return DEVICE_INTERFACE;
	}
	const char *what = *model ? model : kind;
	bool once = !*maker || words_in(model, maker); /* models often bear their maker's name */
	snprintf(out, size, "%s%s%s", once ? "" : maker, once || !*what ? "" : " ", what);
	return *model ? DEVICE_MODEL : *kind ? DEVICE_KIND : DEVICE_MAKER;
}

uint32_t service_words(const struct claim *c, char *out, size_t size)
{
	char transport[16] = "", port[16] = "", name[96] = "";
	claim_text(c, "transport", transport, sizeof transport);
	claim_text(c, "port", port, sizeof port);
	claim_text(c, "applicationName", name, sizeof name);
	bool tcp = strcmp(transport, "tcp") == 0;
	snprintf(out, size, "%s%s%s%s%s", port, tcp ? "" : "/", tcp ? "" : transport, *name ? " " : "", name);
	uint32_t kind = !*name ? 1 : strcmp(name, "ftp-data") == 0 ? 2 : 0;
	return kind * PORTS + (uint32_t)strtoul(port, NULL, 10) % PORTS;
}

#define DATE_BYTES   10 /* "2026-11-21" */
#define MINUTE_BYTES 16 /* "2026-11-21T02:16" */

void seen_words(const struct inventory_endpoint *e, char *out, size_t size)
{
	char first[TIME_TEXT_BYTES], last[TIME_TEXT_BYTES];
	time_text(e->first_ns, first);
	time_text(e->last_ns, last);
	first[MINUTE_BYTES] = last[MINUTE_BYTES] = 0;
	first[DATE_BYTES] = last[DATE_BYTES] = ' ';
	bool one_day = strncmp(first, last, DATE_BYTES) == 0;
	if (strcmp(first, last) == 0)
		snprintf(out, size, "%s", first);
	else
		snprintf(out, size, "%s to %s", first, one_day ? last + DATE_BYTES + 1 : last);
}
