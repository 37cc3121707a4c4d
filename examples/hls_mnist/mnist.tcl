# Classic flow: vitis_hls -f mnist.tcl. Setun's authors have not run this script: they have no licence.
open_project -reset mnist_project
set_top mnist
add_files mnist.cpp -cflags "-I."
add_files -tb testbench.cpp -cflags "-I. -DTEST_HEADER=\\\"mnist_test.h\\\""
add_files -tb golden
open_solution -reset solution -flow_target vivado
set_part xczu3eg-sbva484-1-e
create_clock -period 5 -name default
csim_design
csynth_design
# cosim_design
# export_design -format ip_catalog
exit
