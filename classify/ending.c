#include "classify/ending.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ITEMS (1u << 18)
#define MOST_BYTES ((size_t)64 << 20)

/* Forgets what was given out. */
static void shift(struct ending *e)
{
	for (uint32_t i = 0; i < e->next; i++)
		free(e->items[i]);
	e->count -= e->next;
	memmove(e->items, e->items + e->next, e->count * sizeof(void *));
	e->next = e->due_count = 0;
}

void ending_fini(struct ending *e)
{
	for (uint32_t i = 0; i < e->count; i++)
		free(e->items[i]);
	free(e->items);
	*e = (struct ending){0};
}

static bool make_room(struct ending *e)
{
	if (e->count < e->room)
		return true;
	uint32_t room = e->room ? 2 * e->room : 256;
	struct observation **items = realloc(e->items, room * sizeof(void *));
	if (!items)
		return false;
	e->items = items;
	e->room = room;
	return true;
}

bool ending_hold(struct ending *e, const struct observation *o)
{
	if (e->count == MOST_ITEMS || e->bytes + o->bytes > MOST_BYTES || !make_room(e))
		return false;
	struct observation *copy = malloc(o->bytes);
	if (!copy)
		return false;
	memcpy(copy, o, o->bytes);
	copy->epoch = o->due; /* that is where it belongs, whenever it was made */
	e->items[e->count++] = copy;
	e->bytes += o->bytes;
	return true;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_holders(const struct holder *a, const struct holder *b)
{
	int order = ORDER(a->segment, b->segment);
	order = order ? order : ORDER(a->version, b->version);
	order = order ? order : memcmp(a->ip.bytes, b->ip.bytes, sizeof a->ip.bytes);
	return order ? order : memcmp(a->mac, b->mac, sizeof a->mac);
}

/* By what was seen: never by anything that another run, or another number of workers, would have otherwise. */
static int compare(const void *left, const void *right)
{
	const struct observation *a = *(const struct observation *const *)left;
	const struct observation *b = *(const struct observation *const *)right;
	int order = ORDER(a->due, b->due);
	order = order ? order : ORDER(a->time_ns, b->time_ns);
	order = order ? order : ORDER(a->source, b->source);
	order = order ? order : ORDER(a->number, b->number);
	order = order ? order : ORDER(a->kind, b->kind);
	order = order ? order : ORDER(a->field, b->field);
	order = order ? order : compare_holders(&a->holder, &b->holder);
	order = order ? order : ORDER(a->port, b->port);
	order = order ? order : ORDER(a->len, b->len);
	return order ? order : memcmp(a->value, b->value, a->len);
}

void ending_due(struct ending *e, uint32_t epoch)
{
	uint32_t due = e->next;
	for (uint32_t i = e->next; i < e->count; i++)
		if (e->items[i]->due < epoch) {
			struct observation *o = e->items[i];
			e->items[i] = e->items[due];
			e->items[due++] = o;
		}
	e->due_count = due;
	if (due > e->next)
		qsort(e->items + e->next, due - e->next, sizeof(void *), compare);
}

const struct observation *ending_next(struct ending *e)
{
	if (e->next == e->due_count) {
		if (e->next)
			shift(e);
		return NULL;
	}
	const struct observation *o = e->items[e->next++];
	e->bytes -= o->bytes;
	return o;
}
