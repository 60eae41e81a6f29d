/* Metrics in Prometheus' text format (version 0.0.4, and OpenMetrics): of thousands of lines the few whose only use is
 * to carry labels, by which a service says what was built (NAME_build_info) and what it runs on (go_info, python_info,
 * nodejs_version_info, jvm_info). Lines with a label of somewhere else (instance, job) are passed on from another
 * service. */
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define LINE_BYTES 1024 /* a longer line is not waited for */

struct runtime {
	const char *metric;
	const char *module; /* as http.serverModule has it */
};

static const struct runtime runtimes[] = {
	{"go_info", "Go"},    {"python_info", "Python"}, {"nodejs_version_info", "Node.js"},
	{"jvm_info", "Java"}, {"ruby_info", "Ruby"},
};

/* What stands in quotes behind `name`= in the labels. */
static bool label(struct cursor labels, const char *name, struct cursor *value)
{
	for (; cursor_left(&labels); labels.at++) {
		struct cursor l = labels;
		l.at++;
		if ((*labels.at == '{' || *labels.at == ',') && text_take(&l, name) && text_take(&l, "=\""))
			return text_before(&l, '"', value) && cursor_left(value);
	}
	return false;
}

/* "go1.19.8", "v18.19.0", "17.0.15+6-Debian": the number. */
static struct cursor number(struct cursor version)
{
	while (cursor_left(&version) && (*version.at < '0' || *version.at > '9'))
		version.at++;
	return version;
}

static void runtime(struct dissection *x, const char *module, struct cursor version)
{
	struct wire_text t = {.len = 0};
	version = number(version);
	if (!cursor_left(&version))
		return;
	wire_text_format(&t, "%s/", module);
	wire_text_add(&t, version.at, cursor_left(&version));
	wire_yield(x, FIELD_HTTP_SERVER_MODULE, &t);
}

static void built(struct dissection *x, struct cursor name, struct cursor labels)
{
	struct wire_text t = {.len = 0};
	struct cursor version, go;
	if (!label(labels, "version", &version))
		return;
	if (cursor_peek(&version, 0) == 'v')
		version.at++;
	wire_label(&t, "product", name);
	wire_label(&t, "version", version);
	wire_yield(x, FIELD_HTTP_SELF, &t);
	if (label(labels, "goversion", &go))
		runtime(x, "Go", go);
}

static bool elsewhere(struct cursor labels)
{
	struct cursor value;
	return label(labels, "instance", &value) || label(labels, "job", &value) ||
	       label(labels, "exported_instance", &value);
}

/* Takes "_build_info" off the end of a metric's name. */
static bool build_info(struct cursor *name)
{
	static const char ending[] = "_build_info";
	struct cursor end = *name;
	if (cursor_left(name) < sizeof ending)
		return false;
	end.at = end.end - (sizeof ending - 1);
	name->end = end.at;
	return text_is(end, ending);
}

static void metric(struct dissection *x, struct cursor line)
{
	struct cursor name, version, labels = line;
	if (!text_before(&labels, '{', &name))
		return;
	labels.at--;
	if (elsewhere(labels))
		return;
	for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
		if (text_is(name, runtimes[i].metric) && label(labels, "version", &version))
			runtime(x, runtimes[i].module, version);
	if (build_info(&name) && !text_is(name, "go"))
		built(x, name, labels);
}

/* Where a line of at most LINE_BYTES ends that begins in `text`; NULL: not there. */
static const uint8_t *line_end(struct cursor text)
{
	size_t left = cursor_left(&text);
	return left ? memchr(text.at, '\n', left < LINE_BYTES ? left : LINE_BYTES) : NULL;
}

/* Steps over what stands between two chunks: the end of one and the size of the next (RFC 9112 7.1). */
static bool over_size(struct cursor *behind)
{
	struct cursor line;
	return cursor_line(behind, &line) && !cursor_left(&line) && cursor_line(behind, &line);
}

bool http_metrics_seam(struct dissection *x, struct cursor chunk, struct cursor behind)
{
	uint8_t joined[2 * LINE_BYTES];
	const uint8_t *end = cursor_left(&chunk) ? memrchr(chunk.at, '\n', cursor_left(&chunk)) : NULL;
	if (end)
		chunk.at = end + 1;
	size_t head = cursor_left(&chunk);
	if (!head || head >= LINE_BYTES || !dissection_from_server(x))
		return true;
	end = over_size(&behind) ? line_end(behind) : NULL;
	if (!end)
		return cursor_left(&behind) >= LINE_BYTES || x->last;
	memcpy(joined, chunk.at, head);
	memcpy(joined + head, behind.at, (size_t)(end - behind.at));
	if (joined[0] != '#')
		metric(x, cursor_init(joined, head + (size_t)(end - behind.at)));
	return true;
}

void http_metrics(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	struct cursor rest = *page, line;
	while (cursor_line(&rest, &line)) {
		if (cursor_left(&line) && *line.at != '#' && dissection_from_server(x))
			metric(x, line);
		page->at = rest.at;
	}
	if (whole || cursor_left(page) > LINE_BYTES)
		page->at = page->end;
}
