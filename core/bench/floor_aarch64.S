/* The floor for core_switch on aarch64; see floor_x86_64.S. */
    .text
    .globl floor_switch
    .type floor_switch, %function
    .p2align 4
floor_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
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
    add sp, sp, #160
    br x30
    .size floor_switch, . - floor_switch

    .globl floor_open
    .type floor_open, %function
floor_open:
    sub x0, x0, #160
    stp xzr, x1, [x0, #80]
    ret
    .size floor_open, . - floor_open

    .section .note.GNU-stack, "", %progbits
