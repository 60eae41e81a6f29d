#include "tests/classify/dissect_test.h"

#include "classify/dissect/wire.h"
#include "classify/interpret.h"
#include "classify/labels.h"

#include <string.h>

static void labels_are_found_whole(void **state)
{
	static const char text[] = "vendor=Acme;model=M 7;serial=;modelx=no";
	size_t n;
	const char *found = labels_find(text, strlen(text), "model", &n);
	assert_non_null(found);
	assert_int_equal(n, 3);
	assert_memory_equal(found, "M 7", 3);
	assert_null(labels_find(text, strlen(text), "mode", &n));
	assert_null(labels_find(text, strlen(text), "odel", &n));
	assert_non_null(labels_find(text, strlen(text), "serial", &n));
	assert_int_equal(n, 0);
	assert_null(labels_find("", 0, "model", &n));
}

static void values_bring_no_labels_of_their_own(void **state)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "vendor", cursor_init("  A;model=x\n", 12));
	wire_label(&t, "empty", cursor_init(" \0", 2));
	wire_label_format(&t, "id", "%u", 7u);
	assert_int_equal(t.len, strlen("vendor=A model=x;id=7"));
	assert_memory_equal(t.data, "vendor=A model=x;id=7", t.len);
}

static const char *member(const struct statement_of *s, const char *name)
{
	for (unsigned i = 0; i < s->n_members; i++)
		if (!strcmp(s->members[i].name, name))
			return s->members[i].text;
	return "";
}

static void devices_become_hardware_and_firmware(void **state)
{
	static const char text[] = "vendor=Acme;model=M7;firmware=1.2;serial=S1;kind=PLC";
	struct signature_set *set;
	struct signature_scratch *scratch;
	struct interpreter in;
	struct meaning m = {.n = 0};
	assert_int_equal(signature_builtin(&set, NULL), 0);
	scratch = signature_scratch_new(set);
	assert_int_equal(interpreter_init(&in, set, scratch, false), 0);
	arena_init(&m.arena, 512, 0);
	assert_int_equal(interpret(&in, FIELD_DNP3_DEVICE, text, strlen(text), &m), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(member(&m.says[0], "softwareTitle"), "M7 firmware");
	assert_string_equal(member(&m.says[0], "softwareVersion"), "1.2");
	assert_string_equal(member(&m.says[0], "role"), "firmware");
	assert_string_equal(member(&m.says[1], "manufacturer"), "Acme");
	assert_string_equal(member(&m.says[1], "model"), "M7");
	assert_string_equal(member(&m.says[1], "serialNumber"), "S1");
	arena_reset(&m.arena);
	/* a program, and what says nothing of the kind */
	assert_int_equal(interpret(&in, FIELD_OPCUA_SERVER, "vendor=A;product=P;version=3", 28, &m), 0);
	assert_int_equal(m.n, 1);
	assert_string_equal(member(&m.says[0], "softwareTitle"), "P");
	assert_string_equal(member(&m.says[0], "role"), "server");
	arena_reset(&m.arena);
	assert_int_equal(interpret(&in, FIELD_OPCUA_SERVER, "vendor=A", 8, &m), 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.says[0].attribute, ATTRIBUTE_BANNER);
	arena_fini(&m.arena);
	interpreter_fini(&in);
	signature_scratch_free(scratch);
	signature_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_found_whole),
		cmocka_unit_test(values_bring_no_labels_of_their_own),
		cmocka_unit_test(devices_become_hardware_and_firmware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
