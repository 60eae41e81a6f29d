#include "domain/collectors.h"

#include "export/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64 /* more than these are not named */

struct collector {
	char component[64], host[256], point[512];
};

struct gathering {
	struct collector *items;
	uint32_t n;
};

static void take(char *out, size_t size, const json_t *text)
{
	const char *value = json_string_value(text);
	snprintf(out, size, "%s", value ? value : "");
}

static bool gather(void *arg, const char *line)
{
	struct gathering *g = arg;
	struct collector *c = &g->items[g->n];
	json_t *p = json_loads(line, JSON_ALLOW_NUL, NULL);
	take(c->component, sizeof c->component, json_object_get(p, "component"));
	take(c->host, sizeof c->host, json_object_get(json_object_get(p, "sensor"), "hostName"));
	take(c->point, sizeof c->point, json_object_get(p, "observationPoint"));
	json_decref(p);
	g->n += *c->component != 0;
	return g->n < MOST;
}

static int compare(const void *a, const void *b)
{
	const struct collector *x = a, *y = b;
	int order = strcmp(x->component, y->component);
	if (!order)
		order = strcmp(x->host, y->host);
	return order ? order : strcmp(x->point, y->point);
}

static int find(struct gathering *g, struct repository *r, const uint8_t id[16], struct error *error)
{
	g->items = calloc(MOST, sizeof *g->items);
	if (!g->items)
		return error_set(error, ERROR_FAILED, "no memory for the collectors of an endpoint");
	int code = repository_observers(r, id, gather, g, error);
	uint32_t kept = 0;
	qsort(g->items, g->n, sizeof *g->items, compare);
	for (uint32_t i = 0; i < g->n; i++)
		if (!kept || compare(&g->items[kept - 1], &g->items[i]) != 0)
			memmove(&g->items[kept++], &g->items[i], sizeof *g->items);
	g->n = kept;
	return code;
}

int collectors_json(struct buffer *out, struct repository *r, const uint8_t id[16], struct error *error)
{
	struct gathering g = {.n = 0};
	int code = find(&g, r, id, error);
	buffer_char(out, '[');
	for (uint32_t i = 0; i < g.n; i++) {
		buffer_text(out, i ? ",{\"component\":" : "{\"component\":");
		json_text(out, g.items[i].component);
		BUFFER_LITERAL(out, ",\"hostName\":");
		json_text(out, g.items[i].host);
		BUFFER_LITERAL(out, ",\"observationPoint\":");
		json_text(out, g.items[i].point);
		buffer_char(out, '}');
	}
	buffer_char(out, ']');
	free(g.items);
	return code;
}

int collectors_text(struct buffer *out, struct repository *r, const uint8_t id[16], struct error *error)
{
	struct gathering g = {.n = 0};
	int code = find(&g, r, id, error);
	for (uint32_t i = 0; i < g.n; i++)
		buffer_format(out, "  %s on %s, %s\n", g.items[i].component, g.items[i].host, g.items[i].point);
	free(g.items);
	return code;
}
