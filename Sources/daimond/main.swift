print("daimond")
