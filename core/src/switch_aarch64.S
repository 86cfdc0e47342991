/* core_switch for aarch64, AAPCS64. The frame of a context that is not running:
 *
 *   sp + 0   x19 x20   (fresh context: x19 the entry function, x20 its argument)
 *   sp + 16  x21 x22
 *   sp + 32  x23 x24
 *   sp + 48  x25 x26
 *   sp + 64  x27 x28
 *   sp + 80  x29 x30   (x30: the address to go on at)
 *   sp + 96  d8  d9
 *   sp + 112 d10 d11
 *   sp + 128 d12 d13
 *   sp + 144 d14 d15
 *   sp + 160 the caller's frame
 */
    .text
    .globl core_switch
    .type core_switch, %function
    .p2align 4
core_switch:
    .cfi_startproc
    sub sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x20, 8
    .cfi_rel_offset x21, 16
    .cfi_rel_offset x22, 24
    .cfi_rel_offset x23, 32
    .cfi_rel_offset x24, 40
    .cfi_rel_offset x25, 48
    .cfi_rel_offset x26, 56
    .cfi_rel_offset x27, 64
    .cfi_rel_offset x28, 72
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    add sp, sp, #160
    .cfi_adjust_cfa_offset -160
    /* Not `ret`: the return predictor holds the address of the context just left. */
    br x30
    .cfi_endproc
    .size core_switch, . - core_switch

/* See switch_x86_64.S for the leading nop and the undefined return address. */
    .globl core_context_entry
    .type core_context_entry, %function
    .p2align 4
core_context_entry:
    .cfi_startproc
    .cfi_undefined x30
    nop
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc
    .size core_context_entry, . - core_context_entry

/* core_abandon(sp, function): forgets the running stack's frames and calls function() at sp. */
    .globl core_abandon
    .type core_abandon, %function
    .p2align 4
core_abandon:
    .cfi_startproc
    .cfi_undefined x30
    mov sp, x0
    mov x29, xzr
    blr x1
    brk #1
    .cfi_endproc
    .size core_abandon, . - core_abandon

    .section .note.GNU-stack, "", %progbits
