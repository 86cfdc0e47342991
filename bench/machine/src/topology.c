/* topology.c - hwloc's picture of the machine.
 *
 * Three traps decide how it is loaded:
 *  1. hwloc honours cpuset cgroups by itself but not taskset, and binding to a CPU
 *     outside the mask succeeds and escapes it. RESTRICT_TO_CPUBINDING cuts the topology
 *     to the mask.
 *  2. A synthetic topology, or one from a file, binds nothing although set_cpubind
 *     returns 0; and IS_THISSYSTEM is meant to declare it this machine. So the flags are
 *     set only after a first load, without them, turned out to be this machine.
 *  3. Some machines show no Core objects: whoever counts cores falls back to hardware
 *     threads.
 */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int load(hwloc_topology_t *topology, unsigned long flags,
                struct machine_error *error)
{
    if (hwloc_topology_init(topology) != 0)
        return machine_fail(error, -ENOMEM, "no memory for the machine's topology");
    errno = 0;
    if (hwloc_topology_set_flags(*topology, flags) == 0 &&
        hwloc_topology_load(*topology) == 0 &&
        hwloc_get_nbobjs_by_type(*topology, HWLOC_OBJ_PU) > 0)
        return 0;
    hwloc_topology_destroy(*topology);
    *topology = NULL;
    return machine_fail(error, -EINVAL, "hwloc cannot read the machine's topology");
}

/* The XML travels with published results: names of host and container stay at home. The
 * strings are the topology's own, so they are emptied in place. */
static void forget_host(hwloc_topology_t topology)
{
    static const char *const names[] = {"HostName", "ProcessName", "LinuxCgroup"};
    hwloc_obj_t root = hwloc_get_root_obj(topology);
    for (unsigned i = 0; i < root->infos_count; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (strcmp(root->infos[i].name, names[j]) == 0)
                root->infos[i].value[0] = '\0';
}

static int load_both(struct machine *machine, struct machine_error *error)
{
    const unsigned long restricted =
        HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM | HWLOC_TOPOLOGY_FLAG_RESTRICT_TO_CPUBINDING;
    int status = load(&machine->hardware, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED, error);
    if (status != 0)
        return status;
    bool ours = hwloc_topology_is_thissystem(machine->hardware);
    status = load(&machine->usable, ours ? restricted : 0, error);
    if (status != 0)
        return status;
    assert(
        hwloc_bitmap_isincluded(hwloc_topology_get_topology_cpuset(machine->usable),
                                hwloc_topology_get_complete_cpuset(machine->hardware)));
    forget_host(machine->hardware);
    const struct hwloc_topology_support *support =
        hwloc_topology_get_support(machine->usable);
    machine->can_bind = ours && support->cpubind->set_thisthread_cpubind;
    if (hwloc_bitmap_list_asprintf(
            &machine->allowed, hwloc_topology_get_allowed_cpuset(machine->usable)) < 0) {
        machine->allowed = NULL;
        return machine_fail(error, -ENOMEM, "no memory for the list of CPUs");
    }
    return 0;
}

int machine_open(const char *root, struct machine **machine, struct machine_error *error)
{
    assert(machine != NULL);
    struct machine *made = calloc(1, sizeof *made);
    if (!made || !(made->root = strdup(root ? root : ""))) {
        free(made);
        return machine_fail(error, -ENOMEM, "no memory to describe the machine");
    }
    int status = load_both(made, error);
    if (status != 0) {
        machine_close(made);
        return status;
    }
    made->quota = machine_quota_read(made->root);
    if (error)
        error->text[0] = '\0';
    *machine = made;
    return 0;
}

void machine_close(struct machine *machine)
{
    if (!machine)
        return;
    if (machine->hardware)
        hwloc_topology_destroy(machine->hardware);
    if (machine->usable)
        hwloc_topology_destroy(machine->usable);
    free(machine->allowed);
    free(machine->root);
    free(machine);
}

bool machine_can_bind(const struct machine *machine)
{
    return machine->can_bind;
}

static unsigned count_in(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    assert(topology != NULL);
    int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count <= 0 && type == HWLOC_OBJ_CORE)
        count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    return count > 0 ? (unsigned)count : 0;
}

unsigned machine_count(const struct machine *machine, hwloc_obj_type_t type)
{
    return count_in(machine->hardware, type);
}

unsigned machine_cores(const struct machine *machine)
{
    unsigned cores = count_in(machine->usable, HWLOC_OBJ_CORE);
    assert(cores > 0 && cores <= machine_pus(machine));
    return cores;
}

unsigned machine_pus(const struct machine *machine)
{
    unsigned pus = count_in(machine->usable, HWLOC_OBJ_PU);
    assert(pus > 0 && pus <= machine_count(machine, HWLOC_OBJ_PU));
    return pus;
}

const char *machine_allowed(const struct machine *machine)
{
    return machine->allowed;
}

static int write_text(const char *path, const char *text)
{
    bool to_stdout = strcmp(path, "-") == 0;
    assert(*text != '\0');
    FILE *file = to_stdout ? stdout : fopen(path, "we");
    if (!file)
        return -errno;
    int status = fputs(text, file) < 0 ? -errno : 0;
    if ((to_stdout ? fflush(file) : fclose(file)) != 0 && status == 0)
        status = -errno;
    return status;
}

int machine_topology_xml(const struct machine *machine, const char *path,
                         struct machine_error *error)
{
    char *xml;
    int length;
    assert(*path != '\0');
    /* Into memory first: hwloc does not say why writing a file failed, and ignores a full
     * disk. */
    if (hwloc_topology_export_xmlbuffer(machine->hardware, &xml, &length, 0) != 0)
        return machine_fail(error, -ENOMEM, "hwloc cannot export the topology");
    int status = write_text(path, xml);
    hwloc_free_xmlbuffer(machine->hardware, xml);
    if (status != 0)
        return machine_fail(error, status, "cannot write %s: %s", path,
                            strerror(-status));
    return 0;
}

/* ---- the tree ------------------------------------------------------------ */

struct drawing {
    const struct machine *machine;
    const struct machine_placement *placement;
    FILE *out;
};

static void print_workers(const struct drawing *drawing, int cpu)
{
    const struct machine_placement *placement = drawing->placement;
    assert(!placement || placement->workers <= MACHINE_WORKERS_MAX);
    bool first = true;
    for (unsigned i = 0; placement && i < placement->workers; i++) {
        if (placement->seats[i] != cpu)
            continue;
        fprintf(drawing->out, first ? "  <- worker %u" : ", %u", i);
        first = false;
    }
}

static void print_object(const struct drawing *drawing, hwloc_obj_t object, int indent)
{
    char type[64], attributes[128];
    assert(object != NULL && indent >= 0);
    hwloc_obj_type_snprintf(type, sizeof type, object, 0);
    hwloc_obj_attr_snprintf(attributes, sizeof attributes, object, " ", 0);
    fprintf(drawing->out, "%*s%s", indent, "", type);
    if (object->type == HWLOC_OBJ_PU) {
        unsigned cpu = object->os_index;
        fprintf(drawing->out, " %u", cpu);
        if (!hwloc_bitmap_isset(
                hwloc_topology_get_allowed_cpuset(drawing->machine->usable), cpu))
            fputs("  (not allowed)", drawing->out);
        print_workers(drawing, (int)cpu);
    } else {
        if (object->depth != 0)
            fprintf(drawing->out, " %u", object->logical_index);
        if (*attributes)
            fprintf(drawing->out, " (%s)", attributes);
    }
    fputc('\n', drawing->out);
}

static void print_tree(const struct drawing *drawing, hwloc_obj_t object, int indent)
{
    print_object(drawing, object, indent);
    for (hwloc_obj_t child = object->memory_first_child; child;
         child = child->next_sibling)
        print_tree(drawing, child, indent + 2);
    for (hwloc_obj_t child = object->first_child; child; child = child->next_sibling)
        print_tree(drawing, child, indent + 2);
}

void machine_topology_print(const struct machine *machine,
                            const struct machine_placement *placement, FILE *out)
{
    const struct drawing drawing = {machine, placement, out};
    print_tree(&drawing, hwloc_get_root_obj(machine->hardware), 0);
}
