#include "cli/import_fabric.h"

#include "core/time.h"

#include <string.h>

#define DEADLINE_IMPORT_MS 60000u

struct importing {
	struct imported *out;
	struct error *error;
	int code;
};

static void answered(void *arg, const struct component_reply *r)
{
	struct importing *i = arg;
	struct error ignored;
	json_t *counts = payload_parse(r->payload, r->len, &ignored);
	const char *message = json_string_value(json_object_get(counts, "message"));
	i->out->stored = (uint64_t)json_integer_value(json_object_get(counts, "stored"));
	i->out->duplicates = (uint64_t)json_integer_value(json_object_get(counts, "duplicates"));
	i->out->refused = (uint64_t)json_integer_value(json_object_get(counts, "refused"));
	error_set(&i->out->first, 0, "%s", message ? message : "");
	json_decref(counts);
	i->code = !r->refusal ? 0
			      : error_set(i->error, r->refusal == REFUSED_NONCONFORMING ? ERROR_USAGE : ERROR_FAILED,
					  "%s: %s", refusal_name(r->refusal),
					  r->message ? r->message : "no reason was given");
}

static json_t *about(const struct import *import)
{
	char time[TIME_TEXT_BYTES];
	time_text(import->time_ns, time);
	const char *slash = strrchr(import->source, '/');
	json_t *o = json_pack("{s:s, s:s, s:s}", "format", import->format, "source", slash ? slash + 1 : import->source,
			      "time", time);
	if (o && import->endpoint)
		json_object_set_new(o, "endpoint", json_string(import->endpoint));
	return json_pack("{s:o, s:s}", "import", o, "contentType", "application/octet-stream");
}

int import_fabric(const struct component_options *connection, const struct import *import, const struct buffer *data,
		  struct imported *out, struct error *error)
{
	struct component_options o = *connection;
	struct component *c = NULL;
	struct importing i = {out, error, 0};
	const struct part payload = {data->data ? data->data : "", data->len};
	o.anonymous = true;
	o.command = NULL;
	if (data->len > SOCKET_PAYLOAD_BYTES)
		return error_set(error, ERROR_USAGE,
				 "%s: larger than 16 MiB, which a fabric passes; divide it, or "
				 "import it where the repository is",
				 import->source);
	int code = component_open(&o, &c, error);
	if (code)
		return code;
	if (!component_ask_wait_bytes(c, "import", "service:repository", DEADLINE_IMPORT_MS, about(import), &payload,
				      answered, &i))
		i.code = error_set(error, ERROR_FAILED, "%s: nothing can be sent", o.url);
	int trouble = i.code ? component_trouble(c, error) : 0;
	component_close(c, 0);
	return trouble ? trouble : i.code;
}
